"""A bank over HTTP with its own books, for demos, tests and sandbox tenants; its day is moved by call, not by a clock.

`application.create_bank(store_path=None, seed=0, faults=NO_FAULTS, calendar=WEEKENDS_OFF)` is the Litestar app;
`server.running_bank(…same…)` serves it on 127.0.0.1 and yields the base URL. Books: SQLite, in memory without a path.

**The contract.** Message bodies are `application/xml`, control calls JSON. Amounts in JSON are strings in the currency
beside them. Account numbers are compared as written, IBANs without spaces. A refused control call answers a problem
document (`application/problem+json`: type, status, detail); 400 is a malformed request; 503 no business date yet.

`POST /messages`, a pain.001 or pain.008, answers a pain.002:

| status | pain.002 | when |
| --- | --- | --- |
| 202 | ACTC | taken; to be executed by the next cycle on or after its date |
| 202 | RJCT AM10, AM18 | control sum, count; the whole file, which stays known under its id |
| 202 | RJCT AC02, AC03 | the debtor (pain.001), creditor (pain.008) of a payment block is no customer account |
| 202 | RJCT AM05 | end-to-end ids used before or twice, each listed; a refused file uses up none |
| 400 | RJCT FF01 | unreadable or cut off: not kept, may come again under its id |
| 409 | RJCT DU01 | another file under a known message id |
| 504 | (no body) | reply lost: the file *was* taken; ask for it, or send it again |

The same bytes again get the same stored answer; nothing is executed twice.

`GET /messages/{message_id}`: 200 with a pain.002 over all items: ACSC with value date or RJCT with reason as far as
reported, PDNG otherwise; group ACTC (nothing reported), PART (some, or mixed), ACSC, RJCT. 404: it never came.

`GET /answers?after=0&limit=100` (limit ≤ 1000): `{"answers": [{"cursor", "kind", "message_id", "issued_on", "xml"}],
"next"}`, in order; ask again with `after=next`. `kind` is pain.002.001.10 (fresh outcomes of one message) or
camt.054.001.08 (late returns of one own account). The same document may come again under a later cursor: deduplicate
by the MsgId, which `message_id` repeats.

`GET /statements?on=YYYY-MM-DD[&account=…]`: a camt.053.001.08, one Stmt per customer account (OPBD, CLBD, all entries).
Entries are single, with EndToEndId and an AcctSvcrRef no other entry has. 409: a day not reached; 404: no such account.

`POST /simulator/day {"on"}`: live through every day up to it; today's date again runs another cycle of today. A cycle
books deposits, returns what is to be returned, executes items due (in order of arrival), queues answers. A day is
complete, and its statement final, after its last cycle. → `{on, deposits, settled, rejected, returned, answers}`; 409
when the date is past.

`POST /simulator/accounts {"accounts": [{number, name, currency, opening_balance, customer, closed_on}]}` → `{new,
known}`; the opening balance is brought forward (no entry); a known number takes over all but balance and currency.
`POST /simulator/deposits {"deposits": [{reference, account, amount, on, text, counterparty_name}]}` → `{new, known}`;
a negative amount leaves, even into overdraft; a known reference is skipped, 409 when account, amount or date differ.
`POST /simulator/shortages {"shortages": [{account, reference, until}]}` → `{new, known}`: until that day a debit of the
account whose remittance text has the reference as a word is refused with AM04, whatever the balance.
`GET /simulator/balances` → `{on, balances: [{account, name, currency, kind: own|external|world, balance}]}`.
`GET /simulator/debits?by=end_to_end_id|remittance[&account=][&key=]` → `{debits: [{key, account, currency, settled,
returned, net}]}`, from the moves: who was debited twice shows settled − returned > 1.
`GET /simulator/books` → `{on, moves, accounts, currencies: [{currency, debits, credits, sum_of_balances}],
accounts_off, balanced}`, recomputed from the moves.

Items: pain.008 debits the debtor, pain.001 the own account: AM04 when short, AC04 closed, AC01 unknown debtor, AM03
other currency, AG01 to itself. An unknown payee is opened as an external account.

Corrections go to `POST /messages` too and are answered 202 by a pain.002. pain.007 reverses settled debits: whole ones
go back with the next cycle (a camt.054 tells), others are RJCT: NOOR (never settled), AM05 (on its way back), AM09 (in
part). camt.056 recalls: the answer queue then has a camt.029, ACCR for what was not executed yet (it is RJCT
CANC), RJCR otherwise: NOOR (unknown), CUST (the payee keeps it).

Mandates too: a pain.009, 010 or 011 is answered by a pain.002, and the queue then has a pain.012 that accepts it or
refuses it: MD01 (an amendment or cancellation of what is not registered), MD16 (the debtor, by the fault's chance).

The same bank over a folder is `directory.FolderDesk(bank, root).work()`: it takes files from `out`, puts its word in
`ack` and its answers and statements in `in`; see `domain.banking.channels.directory`. With keys
(`create_bank(keys=…)`) every request has to be signed as `domain.banking.channels.signing` says, else 401.

Faults (`faults.FaultPlan`, presets none, some, many) depend on seed and reference only: reply lost, duplicate answer,
partial answer (the rest a day later, though already executed), slow bank; closed account (AC04), and late return of a
settled debit after 1-4 business days with AM04 or MD06, whether the creditor can spare it or not; mandate refused.
"""
