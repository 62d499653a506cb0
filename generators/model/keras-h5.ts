import { parseJson } from './archive.ts'
import { rootAttributes } from './hdf5.ts'
import { describeKeras } from './keras.ts'
import type { Signature } from './signature.ts'
import type { ModelSource } from './source.ts'
import { Unreadable } from './unreadable.ts'

/** Keras's legacy HDF5: the same description as in a `.keras` archive, as attributes of the root. */
export async function readKerasH5(source: ModelSource): Promise<Signature> {
  const attributes = await rootAttributes(source)
  const config = attributes.get('model_config')
  if (config === undefined) {
    throw new Unreadable(
      'is an HDF5 file without a Keras model in it: weights only, or other data',
      'Save the whole model, not its weights: model.save("model.keras").',
      'weights-only',
    )
  }
  const training = attributes.get('training_config')
  return describeKeras(
    'keras-h5',
    attributes.get('keras_version') ?? null,
    parseJson(config, 'model_config'),
    training === undefined ? undefined : parseJson(training, 'training_config'),
  )
}
