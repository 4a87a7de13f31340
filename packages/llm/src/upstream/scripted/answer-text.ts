import { assessLoan } from './assess-loan.js'
import { assessPatient } from './assess-patient.js'
import { calculate } from './calculate.js'
import type { Conversation } from './conversation.js'
import { converse } from './converse.js'
import { reviewSolidity } from './review-solidity.js'
import { translate } from './translate.js'
import { quotedText } from './words.js'

/** The text answer to a conversation, by the first rule that applies. */
export function answerText(conversation: Conversation): string {
  const { text } = conversation.last
  return (
    translate(text) ??
    reviewSolidity(text) ??
    assessPatient(text, conversation.instructions) ??
    assessLoan(text) ??
    calculate(text) ??
    repeatAfter(text) ??
    converse(conversation) ??
    echo(text)
  )
}

/** "Say exactly: pong", "Reply with 'pong'". */
function repeatAfter(text: string): string | undefined {
  const match =
    /^\s*(?:please\s+)?(?:say|echo|repeat|reply with|respond with|answer with)\b(?:\s+(?:exactly|only|after me|the following|the words?))*\s*(:?)\s*(.+)$/is.exec(
      text,
    )
  const rest = match?.[2]?.trim()
  if (rest === undefined || /\bname\b/i.test(rest)) return undefined
  return quotedText(rest) ?? rest
}

function echo(text: string): string {
  return text.trim() === ''
    ? 'The scripted model was given nothing to answer.'
    : `The scripted model has no rule for this and repeats it: ${text.trim()}`
}
