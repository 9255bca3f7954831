# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules do: three for each kind of mapping, and one that tells who the credentials are."""

from __future__ import annotations

from typing import Any

from .._engine.engine import Engine
from .._engine.plan import Plan, PlanRefused
from .._engine.step_result import StepResult
from .._resources.kind import Kind
from .options import (
    most_removals_of,
    options_of_one,
    options_of_set,
    purge_of,
    rules_of_one,
    unwanted_many,
    unwanted_one,
    wanted_many,
    wanted_one,
)
from .results import Results
from .task import Task, run


def manage_one(kind: Kind) -> None:
    """The body of a module that manages one mapping, which is a set of one."""

    def work(task: Task) -> dict[str, Any]:
        engine = task.engine(kind)
        if task.params["state"] == "present":
            plan = engine.plan_present([wanted_one(kind, task.params)])
        else:
            plan = engine.plan_absent([unwanted_one(kind, task.params)])
        results = Results(kind, engine.label, predicts=task.check_mode)
        try:
            engine.guard(plan, replace=task.params.get("replace", True))
        except PlanRefused as error:
            return results.of_one_refused(plan, error)
        return results.of_one(plan, _carried_out(task, engine, plan))

    run(options_of_one(kind), work, **rules_of_one(kind))


def manage_set(kind: Kind) -> None:
    """The body of a module that manages a set of mappings."""

    def work(task: Task) -> dict[str, Any]:
        params, engine = task.params, task.engine(kind)
        purge = purge_of(params, task.blank)
        most = most_removals_of(params, task.blank)
        if params["state"] == "present":
            plan = engine.plan_present(wanted_many(kind, params["mappings"]), purge)
        else:
            plan = engine.plan_absent(unwanted_many(kind, params["mappings"]))
        results = Results(kind, engine.label, predicts=task.check_mode)
        try:
            engine.guard(plan, replace=params.get("replace", True), max_removals=most)
        except PlanRefused as error:
            return results.of_set_refused(plan, error)
        return results.of_set(plan, _carried_out(task, engine, plan))

    run(options_of_set(kind), work)


def _carried_out(task: Task, engine: Engine, plan: Plan) -> list[StepResult]:
    return engine.predict(plan) if task.check_mode else engine.apply(plan)
