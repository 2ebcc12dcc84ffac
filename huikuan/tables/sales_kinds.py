"""The kinds of file that sales takes in: products, orders, deliveries."""

from huikuan.tables.errors import gettext_noop
from huikuan.tables.fields import (
    AMOUNT,
    CURRENCY_FIELD,
    DATE,
    MEMO,
    SALESPERSON_FIELD,
    TEXT,
    Kind,
    customer,
    description,
    field_of,
    number,
    one_of,
)

_PRODUCT_CODE = (
    "productcode productid productno productnumber sku itemcode itemno itemnumber materialcode materialno 产品编码"
    " 产品编号 产品代码 商品编码 商品编号 商品代码 物料编码 物料编号 物料代码 存货编码 存货编号 货号 料号"
)
_PRODUCT_NAME = "productname itemname materialname 产品名称 商品名称 物料名称 存货名称 品名 货物名称"
_TAX_RATE = "taxrate vatrate 税率 增值税率 销项税率"
_ORDER_NUMBER = (
    "ordernumber orderno orderid salesorder salesorderno salesordernumber sono 订单号 订单编号 订单号码 销售订单号"
    " 销售订单编号"
)
_UNIT_WORDS = "unitofmeasure uom 单位 计量单位 计价单位 销售单位"

PRODUCTS = Kind(
    "products",
    (
        number(gettext_noop("产品编码"), "product_code", _PRODUCT_CODE, "编码 编号 代码 code id"),
        field_of(
            "product_name", TEXT, gettext_noop("产品名称"), _PRODUCT_NAME, "名称 产品 商品 name product item"
        ),
        description(
            "category",
            gettext_noop("产品类别"),
            "productcategory itemcategory 产品类别 产品分类 商品类别 商品分类 物料分类 存货分类",
            "类别 分类 class 品类",
        ),
        description("unit", gettext_noop("单位"), _UNIT_WORDS),
        description("tax_rate", gettext_noop("税率"), _TAX_RATE, "tax vat"),
        field_of(
            "price",
            AMOUNT,
            gettext_noop("不含税单价"),
            "unitprice listprice salesprice netprice 不含税单价 未税单价 销售单价 参考单价 标准单价 参考售价",
            "单价 售价 价格",
        ),
    ),
    (one_of("product_code"),),
)

ORDERS = Kind(
    "orders",
    (
        number(gettext_noop("订单号"), "order_number", _ORDER_NUMBER, "order 单号 单据编号 单据号 编号 no"),
        *customer("", "客户 client buyer company 公司"),
        field_of(
            "ordered_on",
            DATE,
            gettext_noop("下单日期"),
            "orderdate ordereddate dateordered 下单日期 订单日期 订货日期 签订日期 下单时间",
            "date 日期 单据日期 业务日期",
        ),
        number(gettext_noop("产品编码"), "product_code", _PRODUCT_CODE),
        field_of("product", TEXT, gettext_noop("产品"), _PRODUCT_NAME, "产品 商品 item 名称"),
        field_of(
            "quantity",
            AMOUNT,
            gettext_noop("数量"),
            "qty orderqty orderedquantity orderquantity 数量 订货数量 订单数量 订购数量 销售数量",
        ),
        description("unit", gettext_noop("单位"), _UNIT_WORDS),
        field_of(
            "unit_price",
            AMOUNT,
            gettext_noop("不含税单价"),
            "netprice netunitprice priceexcltax 不含税单价 未税单价 无税单价",
            "单价 price 销售单价",
        ),
        field_of(
            "gross_price",
            AMOUNT,
            gettext_noop("含税单价"),
            "grossunitprice priceincltax pricewithtax 含税单价",
        ),
        field_of(
            "discount_percent",
            AMOUNT,
            gettext_noop("折扣率（%）"),
            "discountrate 折扣率 让利率 优惠率",
        ),
        field_of(
            "discount_amount",
            AMOUNT,
            gettext_noop("折扣额"),
            "discount discountvalue 折扣额 折扣金额 优惠金额 让利金额",
        ),
        description("tax_rate", gettext_noop("税率"), _TAX_RATE),
        CURRENCY_FIELD,
        SALESPERSON_FIELD,
        description(
            "reference",
            gettext_noop("客户订单号"),
            "customerpo ponumber pono purchaseorder 客户订单号 客户采购单号 采购订单号",
        ),
        MEMO,
    ),
    (
        one_of("order_number"),
        one_of("customer_code", "customer_name"),
        one_of("ordered_on"),
        one_of("quantity"),
        one_of("unit_price", "gross_price"),
        one_of("product_code", "product"),
    ),
)

DELIVERIES = Kind(
    "deliveries",
    (
        number(
            gettext_noop("发货单号"),
            "delivery_number",
            "deliveryno deliveryid deliverynote deliverynoteno shipmentno shipmentid dn 发货单号 发货单编号 送货单号"
            " 出库单号 出货单号 发运单号 签收单号",
            "单号 单据编号 单据号",
        ),
        number(gettext_noop("订单号"), "order_number", _ORDER_NUMBER, "order"),
        field_of(
            "line",
            AMOUNT,
            gettext_noop("订单行号"),
            "lineno linenumber orderline orderlineno 订单行号 行号 订单行 行项目",
        ),
        number(gettext_noop("产品编码"), "product_code", _PRODUCT_CODE),
        field_of("product", TEXT, gettext_noop("产品"), _PRODUCT_NAME, "产品 商品 item"),
        field_of(
            "quantity",
            AMOUNT,
            gettext_noop("数量"),
            "qty deliveredqty deliveredquantity shippedqty 数量 发货数量 送货数量 出库数量 签收数量 实发数量",
        ),
        field_of(
            "delivered_on",
            DATE,
            gettext_noop("签收日期"),
            "deliverydate delivereddate signedon signoffdate shipdate 签收日期 签收日 收货日期 送达日期 发货日期"
            " 送货日期 出库日期 签收时间",
            "date 日期 单据日期 业务日期",
        ),
    ),
    (
        one_of("order_number"),
        one_of("quantity"),
        one_of("delivered_on"),
        one_of("line", "product_code", "product"),
    ),
)
