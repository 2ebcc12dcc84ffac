"""Posted vouchers as files that other accounting systems read, one module for each form."""

from huikuan.integrations.vouchers.forms import FORMS, Form, VoucherFile, voucher_file

__all__ = ["FORMS", "Form", "VoucherFile", "voucher_file"]
