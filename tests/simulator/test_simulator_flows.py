"""Flows, flow specs and connection specs."""

from typing import Any

FLOWS = [
    {"id": "S", "name": "S3 orders", "connector": "amazon-s3", "runs": {"failed": 1}},
    {"id": "H", "name": "Clicks", "connector": "http-api"},
    {"id": "D", "name": "Out", "connector": "s3-destination", "state": "disabled"},
    {"id": "I", "name": "Profile", "connector": "internal"},
    {"id": "X", "name": "Odd", "connector": "amazon-s3", "frequency": "streaming"},
]


async def test_flows_are_told_apart_by_their_attributes_and_specs(start: Any) -> None:
    visitor = await start(flows=FLOWS)
    flows = {flow["id"]: flow for flow in (await visitor.get("/flows")).json["items"]}
    properties = {
        flow_id: flow["inheritedAttributes"].get("properties") for flow_id, flow in flows.items()
    }
    assert properties == {
        "S": {"isSourceFlow": True},
        "H": {"isSourceFlow": True},
        "D": {"isDestinationFlow": True},
        "I": None,
        "X": {"isSourceFlow": True},
    }
    frequencies = {}
    for flow_id, flow in flows.items():
        spec = await visitor.get(f"/flowSpecs/{flow['flowSpec']['id']}")
        frequencies[flow_id] = spec.json["items"][0]["attributes"]["frequency"]
    assert frequencies == {
        "S": "batch",
        "H": "streaming",
        "D": "batch",
        "I": "batch",
        "X": "streaming",
    }
    assert {flow_id for flow_id, flow in flows.items() if "scheduleParams" in flow} == {
        "S",
        "D",
        "I",
    }
    assert flows["S"]["lastRunDetails"]["state"] == "failed"
    assert flows["S"]["version"] == flows["S"]["etag"]


async def test_a_connector_has_its_name_only_in_its_connection_spec(start: Any) -> None:
    visitor = await start(flows=FLOWS)
    (flow,) = (await visitor.get("/flows/S")).json["items"]
    (source,) = flow["inheritedAttributes"]["sourceConnections"]
    spec = await visitor.get(f"/connectionSpecs/{source['connectionSpec']['id']}")
    assert source["connectionSpec"]["id"] == "ecadc60c-7455-4d87-84dc-2a0e293d997b"
    assert spec.json["items"][0]["name"] == "amazon-s3"
    named = await visitor.get("/connectionSpecs", "name==sftp")
    assert named.ids == ["bf367b0d-3d9b-4060-b67b-0d3d9bd06094"]
    assert (await visitor.get("/connectionSpecs/nothing")).code == "FLOW-1439-404"


async def test_flows_are_filtered_sorted_counted_and_paged_like_runs(start: Any) -> None:
    visitor = await start(flows=FLOWS)
    assert (await visitor.get("/flows", "state==disabled")).ids == ["D"]
    assert (await visitor.get("/flows", "name==Clicks,Out", orderby="name")).ids == ["H", "D"]
    destination = "inheritedAttributes.properties.isDestinationFlow==true"
    assert (await visitor.get("/flows", destination)).ids == ["D"]
    s3 = "inheritedAttributes.sourceConnections[].connectionSpec.id==ecadc60c-7455-4d87-84dc-2a0e293d997b"
    assert (await visitor.get("/flows", s3, orderby="id")).ids == ["S", "X"]
    assert (await visitor.get("/flows", count="true")).json == {"count": 5}
    assert (await visitor.get("/flows", page="1")).code == "FLOW-1451-400"
    assert await visitor.walk("/flows", orderby="-name", limit="2") == [
        ["S", "I"],
        ["D", "X"],
        ["H"],
    ]


async def test_many_flows_can_be_made_from_one_entry(start: Any) -> None:
    visitor = await start(flows=[{"name": "S3", "count": 3, "runs": {"failed": 2}}])
    flows = (await visitor.get("/flows", orderby="name")).json["items"]
    assert [flow["name"] for flow in flows] == ["S3 1", "S3 2", "S3 3"]
    counts = [
        (await visitor.get("/runs", f"flowId=={flow['id']}", count="true")).json for flow in flows
    ]
    assert counts == [{"count": 2}] * 3
