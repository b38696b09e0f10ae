"""Bank messages, pure: files to and from the bank, streamed, as values free of their format.

| message | write | read |
| --- | --- | --- |
| pain.001 credit transfers | `write_credit_transfers` (001.09) | `read_credit_transfers` (03-09) |
| pain.008 direct debits | `write_direct_debits` (001.08) | `read_direct_debits` (02-08) |
| pain.002 status of file and items | `write_status_report` (001.10) | `read_status_report` (03-10) |
| pain.009-012 mandates | `write_mandate_message` (001.05) | `read_mandate_message` (01-06) |
| pain.007 reversal | `write_reversals` (001.09) | `read_reversals` (02-10) |
| camt.056 recall | `write_recalls` (001.08) | `read_recalls` (01-10) |
| camt.029 what became of a recall | `write_resolution` (001.09) | `read_resolution` (03-11) |
| camt.052/053/054 intraday, statement, notice | `write_statements` (001.08) | `read_statements` (01-08) |
| MT940, MT942 | | `read_mt940` |
| CSV lists of single banks (`layouts/csv_*.toml`) | | `read_bank_csv` |
| BEPS 380, 381 (`layouts/beps_*.toml`) | `write_beps_debits` | `read_beps_report` |

`formats` tells by its beginning what a file is. `splitting` makes files no larger than a bank takes, `rules` says what
a bank would refuse of a file that the schema allows.

Writers take `out: BinaryIO`, readers `source: BinaryIO`; both hold a page of items at a time (an MT940 or a list a
whole statement). Output is valid against the official schemas. What a schema does not allow is refused (FieldRefused),
never cut. Every refusal is a DomainError of `errors`. No database, no HTTP, no clock.
"""
