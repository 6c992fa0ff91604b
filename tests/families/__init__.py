"""Every family of models through one server: `make families` draws with each and checks its money.

A real `limner serve`, its providers stand-ins in processes of their own, and the Infery client as
its users have it. `upstreams.py` says who draws, `rows.py` what each family is asked for and what
it must cost and give, `drawing.py` asks for it and compares.
"""
