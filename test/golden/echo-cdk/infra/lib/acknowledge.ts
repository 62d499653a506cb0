import { Validations } from "aws-cdk-lib";
import type { IConstruct } from "constructs";

/** A rule of cdk-nag that does not apply to this and what is below it, and why not. */
export function acknowledge(construct: IConstruct, id: string, reason: string): void {
  Validations.of(construct).acknowledge({ id, reason });
}
