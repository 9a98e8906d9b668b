"""Commerce: Django apps in layers; a lower app never names a higher one, it tells by events.

checkout | importing | health  >  marketing | recommendations | planning | delivery | reviews
  >  behaviour  >  orders  >  payments | stock  >  pricing  >  promotions | ledger | wallets
  >  catalogue  >  merchants  >  accounts
"""
