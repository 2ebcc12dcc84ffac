"""Small files of every kind, made for these tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import xlsxwriter

MT940 = """\
:20:HK0001
:25:51230800/6222020000012345
:28C:00011/001
:60F:C260301CNY1000,00
:61:2603020302C500,00NTRFNONREF//B0001
:86:166?00GUTSCHRIFT?20INV-2026-00012?30ICBKCNBJ?316217000012345678?32Nanjing Huacai Gongsi
:61:2603020302D5,50NCHGNONREF//B0002
:86:Bank charge
:61:2603030303RC200,00NTRFNONREF//B0003
:86:Returned payment
:62F:C260303CNY1294,50
-
"""

CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">
 <BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-03-03T20:00:00+08:00</CreDtTm></GrpHdr>
 <Stmt><Id>S1</Id><ElctrncSeqNb>7</ElctrncSeqNb>
  <Acct><Id><Othr><Id>6222 0200 0001 2345</Id></Othr></Id><Ccy>CNY</Ccy></Acct>
  <Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">1000.00</Amt>
   <CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-03-01</Dt></Dt></Bal>
  <Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">1300.00</Amt>
   <CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-03-03</Dt></Dt></Bal>
  <Ntry><Amt Ccy="CNY">500.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
   <BookgDt><Dt>2026-03-02</Dt></BookgDt><AcctSvcrRef>B0001</AcctSvcrRef>
   <NtryDtls><TxDtls><RltdPties><Dbtr><Pty><Nm>南京华材有限公司</Nm></Pty></Dbtr>
    <DbtrAcct><Id><Othr><Id>6217000012345678</Id></Othr></Id></DbtrAcct></RltdPties>
    <RmtInf><Ustrd>INV-2026-00012</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
  <Ntry><Amt Ccy="CNY">200.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><RvslInd>true</RvslInd><Sts><Cd>BOOK</Cd></Sts>
   <BookgDt><Dt>2026-03-03</Dt></BookgDt></Ntry>
  <Ntry><Amt Ccy="CNY">77.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>PDNG</Cd></Sts>
   <BookgDt><Dt>2026-03-03</Dt></BookgDt></Ntry>
 </Stmt></BkToCstmrStmt>
</Document>
"""

OFX = """OFXHEADER:100
DATA:OFXSGML
CHARSET:1252

<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>USD
<BANKACCTFROM><BANKID>1<ACCTID>998877<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST><DTSTART>20260301<DTEND>20260303
<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260302120000[+8:CST]<TRNAMT>500,00<FITID>F1<NAME>Acme &amp; Co<MEMO>INV 12</STMTTRN>
<STMTTRN><TRNTYPE>SRVCHG<DTPOSTED>20260303<TRNAMT>-5.50<FITID>F2</STMTTRN>
</BANKTRANLIST><LEDGERBAL><BALAMT>1494.50<DTASOF>20260303</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""

CCB = """账号,账户名称,交易时间,借方发生额（支取）,贷方发生额（收入）,余额,币种,对方户名,对方账号,对方开户机构,记账日期,摘要,备注,账户明细编号-交易流水号
6222020000012345,汇款科技,20260302 09:30:00,0.00,"1,500.00","2,500.00",人民币元,上海甲有限公司,31001234567890,工行,20260302,货款,INV-2026-00012,101-1
6222020000012345,汇款科技,20260302 10:00:00,10.00,0.00,"2,490.00",人民币元,,,,20260302,手续费,,101-2
6222020000012345,汇款科技,20260303 11:00:00,-10.00,0.00,"2,500.00",人民币元,,,,20260303,手续费冲正,,102-1
"""


def written(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def workbook(folder: Path, name: str, rows: Sequence[Sequence[object]]) -> Path:
    """An .xlsx with one sheet."""
    path = folder / name
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        for place, cell in enumerate(row):
            sheet.write(number, place, cell)
    book.close()
    return path
