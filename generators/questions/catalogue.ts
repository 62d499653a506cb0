import * as aboutCode from './about-code.ts'
import * as aboutFunction from './about-function.ts'
import * as aboutModel from './about-model.ts'
import * as aboutPictures from './about-pictures.ts'
import * as aboutService from './about-service.ts'
import type { AnswerName } from './answers.ts'
import type { Question } from './question.ts'

/** Every question, once, in the order in which it is asked: a later default may look at earlier answers. */
export const catalogue: readonly Question[] = [
  aboutModel.model,
  aboutModel.modelType,
  aboutModel.framework,
  aboutModel.task,
  aboutModel.features,
  aboutModel.classes,
  aboutModel.output,
  aboutPictures.imageSize,
  aboutPictures.imageMode,
  aboutPictures.imageScale,
  aboutPictures.imageMean,
  aboutPictures.imageStd,
  aboutPictures.imageResize,
  aboutModel.cases,
  aboutCode.code,
  aboutCode.requirements,
  aboutFunction.name,
  aboutFunction.description,
  aboutService.cloud,
  aboutFunction.arch,
  aboutFunction.python,
  aboutFunction.modelStore,
  aboutFunction.bucket,
  aboutFunction.packaging,
  aboutFunction.iac,
  aboutService.endpoint,
  aboutService.path,
  aboutService.auth,
  aboutService.cors,
  aboutService.answer,
  aboutFunction.warmup,
  aboutFunction.memory,
  aboutFunction.timeout,
  aboutFunction.tmpSize,
  aboutService.tracing,
  aboutService.logPredictions,
  aboutService.strictInput,
  aboutService.unknownCategories,
  aboutFunction.packageManager,
  aboutFunction.region,
]

export function questionNamed(name: string): Question | undefined {
  return catalogue.find((question) => question.name === name)
}

export const answerNames: readonly AnswerName[] = catalogue.map((question) => question.name)
