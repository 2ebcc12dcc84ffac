"""Tax invoices made up for tests: XML in two versions of labels, and an OFD around one."""

from __future__ import annotations

import io
import zipfile

NUMBER = "26312000000000000017"


def xml(
    *,
    number: str = NUMBER,
    seller: str = "测试公司",
    buyer: str = "客户C1",
    buyer_id: str = "",
    net: str = "100000.00",
    tax: str = "13000.00",
    total: str = "113000.00",
    remark: str = "",
    head: str = '<?xml version="1.0" encoding="UTF-8"?>',
) -> bytes:
    return f"""{head}
<EInvoice><Header><EIid>{number}</EIid><InherentLabel><GeneralOrSpecialVAT>
<LabelName>增值税专用发票</LabelName></GeneralOrSpecialVAT></InherentLabel></Header>
<EInvoiceData>
<SellerInformation><SellerIdNum>91350100M000100Y43</SellerIdNum><SellerName>{seller}</SellerName></SellerInformation>
<BuyerInformation><BuyerIdNum>{buyer_id}</BuyerIdNum><BuyerName>{buyer}</BuyerName></BuyerInformation>
<BasicInformation><TotalAmWithoutTax>{net}</TotalAmWithoutTax><TotalTaxAm>{tax}</TotalTaxAm>
<TotalTax-includedAmount>{total}</TotalTax-includedAmount><Drawer>张三</Drawer></BasicInformation>
<IssuItemInformation><ItemName>*机床*数控机床</ItemName><Quantity>1</Quantity><UnPrice>{net}</UnPrice>
<Amount>{net}</Amount><TaxRate>0.13</TaxRate><ComTaxAm>{tax}</ComTaxAm></IssuItemInformation>
<AdditionalInformation><Remark>{remark}</Remark></AdditionalInformation>
</EInvoiceData>
<TaxSupervisionInfo><InvoiceNumber>{number}</InvoiceNumber><IssueTime>2026-02-03</IssueTime></TaxSupervisionInfo>
</EInvoice>""".encode("utf-8" if "UTF-8" in head else "gb18030")


def attached_xml(number: str = NUMBER) -> bytes:
    """The labels of the data inside an OFD."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<fp:eInvoice xmlns:fp="http://example.com/fp"><fp:InvoiceNo>{number}</fp:InvoiceNo>
<fp:IssueDate>2026年02月03日</fp:IssueDate>
<fp:Buyer><fp:BuyerName>客户C1</fp:BuyerName><fp:BuyerTaxID/></fp:Buyer>
<fp:Seller><fp:SellerName>测试公司</fp:SellerName><fp:SellerTaxID>91350100M000100Y43</fp:SellerTaxID></fp:Seller>
<fp:TaxExclusiveTotalAmount>1,000.00</fp:TaxExclusiveTotalAmount><fp:TaxTotalAmount>￥130.00</fp:TaxTotalAmount>
<fp:TaxInclusiveTotalAmount>1130.00</fp:TaxInclusiveTotalAmount>
<fp:GoodsInfos><fp:GoodsInfo><fp:Item>服务</fp:Item><fp:Amount>1000.00</fp:Amount></fp:GoodsInfo></fp:GoodsInfos>
</fp:eInvoice>""".encode()


def ofd(content: bytes | None = None, *, name: str = "Doc_0/Attachs/original_invoice.xml") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "OFD.xml", '<?xml version="1.0" encoding="UTF-8"?><ofd:OFD xmlns:ofd="http://example.com/o"/>'
        )
        archive.writestr(name, attached_xml() if content is None else content)
    return file.getvalue()
