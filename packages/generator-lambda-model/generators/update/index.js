// Yeoman finds generators by the name of their package only: this one stands in for create-lambda-model.
export { default } from 'create-lambda-model/dist/update.mjs'
