// What is bundled of js-yaml: reading with the core schema.
const { load } = require('../node_modules/js-yaml/lib/loader.js')
const CORE_SCHEMA = require('../node_modules/js-yaml/lib/schema/core.js')

module.exports = { load, CORE_SCHEMA }
