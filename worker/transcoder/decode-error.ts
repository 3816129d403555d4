/** Why a body is not an export request at all; nothing of it is stored. */
export interface DecodeError {
  readonly kind: "malformed";
  /** what was wrong and where, in words for the sender */
  readonly message: string;
}
