"""Rates that PyTorch's OneCycleLR gives, for the tests to be held against.

    python crates/train/golden/make_torch.py

needs torch 2.15 and writes torch_numbers.txt beside itself: a line is a name and its values.
"""

import pathlib

import torch

lines = []
cases = {
    "one_cycle": {},
    "one_cycle_linear": dict(pct_start=0.25, div_factor=10.0, final_div_factor=100.0, anneal_strategy="linear"),
    "one_cycle_three": dict(pct_start=0.4, three_phase=True),
}
for name, settings in cases.items():
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1, momentum=0.9)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=40, **settings)
    rates = []
    for _ in range(40):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if len(rates) < 40:
            schedule.step()
    lines.append(" ".join([f"schedule.{name}"] + [f"{rate:.9g}" for rate in rates]))
pathlib.Path(__file__).with_name("torch_numbers.txt").write_text("\n".join(lines) + "\n")
