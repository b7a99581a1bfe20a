"""A run knows the run it came from, through any number of re-triggers."""

from dataclasses import replace

from runner.journal import Journal
from runner.model.plan import Lineage
from runner.model.words import RunId
from tests.contract.making import FIRST, ORG, SECOND, begun, claimed, retriggered


def test_each_generation_knows_its_root_and_no_other_organisation_does(journal: Journal) -> None:
    (root,) = begun(journal, "a", name=FIRST)
    (child,) = begun(journal, "a", name=SECOND, prefix="again-")
    became = replace(retriggered(root), new_run_id=child.found.run_id)
    journal.write(FIRST, [claimed(root), became])
    journal.write(SECOND, [claimed(child), retriggered(child)])
    grandchild = RunId(f"new-{child.found.run_id}")
    asked = [root.found.run_id, child.found.run_id, grandchild]

    found = journal.lineage(ORG, asked)

    assert found == {
        child.found.run_id: Lineage(root=root.found.run_id, generation=1),
        grandchild: Lineage(root=root.found.run_id, generation=2),
    }
    assert journal.lineage("another@AdobeOrg", asked) == {}
