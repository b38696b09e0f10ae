"""Banking's rows."""

from domain.banking.tables.answers import AnswerCursor, AnswerItem, BankAnswer, BankException
from domain.banking.tables.connections import BankConnection, BankCutOff
from domain.banking.tables.instructions import BankMessage, Instruction, InstructionEvent, MessageBlock, MessageContent
from domain.banking.tables.statements import (
    Statement,
    StatementBalance,
    StatementEntry,
    StatementEntryDetail,
    StatementFile,
    StatementFilePart,
)

__all__ = [
    "AnswerCursor",
    "AnswerItem",
    "BankAnswer",
    "BankConnection",
    "BankCutOff",
    "BankException",
    "BankMessage",
    "Instruction",
    "InstructionEvent",
    "MessageBlock",
    "MessageContent",
    "Statement",
    "StatementBalance",
    "StatementEntry",
    "StatementEntryDetail",
    "StatementFile",
    "StatementFilePart",
]
