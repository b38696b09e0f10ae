"""Bank messages, pure: ISO 20022 files to and from the bank, streamed, as values free of their XML.

| message | write | read |
| --- | --- | --- |
| pain.001 credit transfers | `write_credit_transfers` (001.09) | `read_credit_transfers` (03-09) |
| pain.008 direct debits | `write_direct_debits` (001.08) | `read_direct_debits` (02-08) |
| pain.002 status of file and items | `write_status_report` (001.10) | `read_status_report` (03-10) |
| camt.052/053/054 intraday, statement, notice | `write_statements` (001.08) | `read_statements` (02-08) |

Writers take `out: BinaryIO`, readers `source: BinaryIO`; both hold one item at a time. Output is valid against the
official schemas. What a schema does not allow is refused (FieldRefused), never cut. Every refusal is a DomainError of
`errors`. No database, no HTTP, no clock.
"""
