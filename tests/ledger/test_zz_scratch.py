import time
from datetime import date, timedelta, datetime, UTC
from decimal import Decimal
import pytest
from tests.conftest import make_organization
from tests.ledger.checking import check
from huikuan.ledger.operations import *
pytestmark = pytest.mark.django_db(transaction=True)
def test_speed(actor):
    from huikuan.core.postgres.tenancy import tenant
    from huikuan.customers.operations import create_customers, CustomerFacts
    from huikuan.audit import checks
    from huikuan.cli.check import VALIDATIONS
    o = make_organization(actor)
    t=time.time()
    with tenant(o.id):
        cs=create_customers([CustomerFacts(code=f"C{i}",name=f"N{i}") for i in range(2000)],actor=actor)
    for b in range(100):
        with tenant(o.id):
            on=date(2025,1,1)+timedelta(days=b*3)
            inv=record_invoices([NewDocument(customer_id=cs[(b*1000+i)%2000].pk,document_on=on,amount=Decimal("113.00"),tax=Decimal("13.00"),due_on=on) for i in range(1000)],actor=actor)
            if b%2==0:
                rec=record_receipts([NewDocument(customer_id=cs[(b*1000+i)%2000].pk,document_on=on,amount=Decimal("100.00")) for i in range(1000)],actor=actor)
                allocate([NewAllocation(x.item_ids[0],y.item_ids[0],Decimal("100.00"),on) for x,y in zip(inv,rec)],actor=actor,today=date(2026,12,1))
    print("built",time.time()-t)
    from huikuan.audit.operations import seal
    with tenant(o.id):
        t=time.time(); seal(); print("seal",time.time()-t)
    orig=checks._broken_rows
    times=[]
    def timed(v,p):
        t=time.time(); r=orig(v,p); times.append((time.time()-t,v.name)); return r
    checks._broken_rows=timed
    t=time.time()
    with tenant(o.id, snapshot=True):
        assert check(o)==[]
    print("check",time.time()-t)
    for x in sorted(times,reverse=True)[:14]: print(x)
