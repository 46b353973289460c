"""What an expression finds, and where one that cannot be read is said to fail."""

import time
from collections.abc import Generator
from pathlib import Path

import pytest

from cloudinary_sandbox.core.errors import ApiError
from cloudinary_sandbox.core.options import FolderMode, SandboxOptions
from cloudinary_sandbox.search.parser import parse
from cloudinary_sandbox.service.composition import open_cloud
from tests.sandbox.search.library import START, Searched, asset, hits, open_searched, put

DAY = 86400


@pytest.mark.parametrize(
    ("expression", "position", "marked"),
    [
        ("*", 1, " ➥➥➥*"),
        ("NOT tags:a", 1, " ➥➥➥NOT tags:a"),
        ("a AND (NOT b)", 8, "a AND ( ➥➥➥NOT b)"),
        ("tags:*a", 6, "tags: ➥➥➥*a"),
        ("tags:a*b", 7, "tags:a ➥➥➥*b"),
        ("tags:a?", 7, "tags:a ➥➥➥?"),
        ('tags:"a', 6, 'tags: ➥➥➥"a'),
        ('tags:"a*b"', 8, 'tags:"a ➥➥➥*b"'),
        ("(tags:a", 8, "(tags:a ➥➥➥"),
        ("tags:a)", 7, "tags:a ➥➥➥)"),
        ("tags:a:b", 7, "tags:a ➥➥➥:b"),
        ("tags:", 6, "tags: ➥➥➥"),
        ("a AND", 6, "a AND ➥➥➥"),
        ("AND a", 1, " ➥➥➥AND a"),
        ("a OR OR b", 6, "a OR  ➥➥➥OR b"),
        ("bytes:[1 TO 2}", 14, "bytes:[1 TO 2 ➥➥➥}"),
        ("bytes:[1 to 2]", 10, "bytes:[1  ➥➥➥to 2]"),
        ("bytes:[1* TO 2]", 9, "bytes:[1 ➥➥➥* TO 2]"),
        ("tags:(a AND b)", 9, "tags:(a  ➥➥➥AND b)"),
        ("tag*:a", 4, "tag ➥➥➥*:a"),
        ("a & b", 3, "a  ➥➥➥& b"),
    ],
)
def test_an_error_points_at_its_place(expression: str, position: int, marked: str) -> None:
    with pytest.raises(ApiError) as failed:
        parse(expression)
    assert failed.value.status == 400
    assert failed.value.message == f"Query Error (at position {position}) '{marked}'"


def test_absurd_nesting_is_an_error_not_a_crash() -> None:
    with pytest.raises(ApiError):
        parse("(" * 5000 + "a" + ")" * 5000)


async def test_values_that_a_field_cannot_have_are_errors(tmp_path: Path) -> None:
    async with open_cloud(SandboxOptions(data_dir=tmp_path)) as cloud:
        for expression in ("width:wide", "created_at>soon", "resource_type:im*", "tags:*"):
            with pytest.raises(ApiError, match="Query Error"):
                await hits(cloud, expression)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Generator[Searched]:
    with open_searched(tmp_path_factory.mktemp("searched")) as opened:
        opened.fill(
            asset(1, public_id="a", tags=["full-analysis"], context={"caption": "A red sunset"}),
            asset(
                2,
                public_id="b",
                tags=["cute", "kitten"],
                width=100,
                bytes=2000,
                metadata={"price": "12", "colours": ["red-ish", "blue"]},
                extra={
                    "analysis": {"faces": [[1, 1, 1, 1]] * 2, "predominant": {"google": [["teal", 99.0]]}},
                    "last_updated": {"tags_updated_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())},
                },
            ),
            asset(
                3,
                public_id="c",
                resource_type="raw",
                format="png",
                width=None,
                height=None,
                moderation=[{"kind": "manual", "status": "rejected"}],
                facts={"has_alpha": True},
            ),
            asset(4, public_id="d", placeholder=True, bytes=0, backup=True),
        )
        yield opened


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("", "a b c"),
        ("  ", "a b c"),
        ("tags:analysis", "a"),
        ("tags:ANALYSIS", "a"),
        ("tags=analysis", ""),
        ("tags=full-analysis", "a"),
        ('tags:"full analysis"', "a"),
        ('tags:"analysis full"', ""),
        ("tags:ana*", "a"),
        ("tags=full*", "a"),
        ("tags:(analysis OR kitten)", "a b"),
        ("tags:kitten tags:cute", "b"),
        ("tags:kitten NOT tags:cute", ""),
        ("-tags:kitten", "a c"),
        ("+tags:kitten", "b"),
        ("tags:nobody OR NOT tags:kitten", "a c"),
        ("format:png OR tags:kitten AND tags:cute", "b c"),
        ("(format:png OR tags:kitten) AND tags:cute", "b"),
        ("public_id:a", "a"),
        ("public_id:A", ""),
        ("public_id:[a TO c]", "a b"),
        ("public_id>a", "b c"),
        ("width>40", "b"),
        ("width:[40 TO 101]", "a b"),
        ("width:{40 TO 100}", ""),
        ("NOTHING:x", ""),
        ("-NOTHING:x", "a b c"),
        ("-width:40", "b c"),
        ("bytes>1k", "b"),
        ("bytes<0.5mb", "a b c"),
        ("-tags", "c"),
        ("-context AND resource_type:image", "b"),
        ("width:[40 TO 100]", "a"),
        ("pixels<1m AND pixels>100p", "a b"),
        ("bytes<=1kb", "a c"),
        ("bytes>1m OR bytes<1g", "a b c"),
        ("aspect_ratio>2", "b"),
        ("sunset", "a"),
        ('"red sunset"', "a"),
        ("sun*", "a"),
        ("context.caption:red", "a"),
        ("context.caption=red", ""),
        ("context:caption", "a"),
        ("metadata.price>5", "b"),
        ("metadata.price:[12 TO 13]", "b"),
        ("metadata.colours=blue", "b"),
        ("metadata:blue", "b"),
        ("moderation_status:rejected", "c"),
        ("moderation_kind=manual AND moderation_status=rejected", "c"),
        ("status:deleted", "d"),
        ("status:(active OR deleted)", "a b c d"),
        ("transparent:true", "c"),
        ("resource_type:raw", "c"),
        ("asset_id:00000000000000000000000000000001", "a"),
        ("asset_id=00000000000000000000000000000001", "a"),
        (r"display_name:a\ b", ""),
        ("colors:teal", "b"),
        ("face_count:2", "b"),
        ("last_updated.tags_updated_at>1d", "b"),
    ],
)
def test_an_expression_finds(library: Searched, expression: str, found: str) -> None:
    assert sorted(library.find(expression)) == found.split()


async def test_dates_are_ages_days_and_moments(tmp_path: Path) -> None:
    now = int(time.time())
    day = START - START % DAY  # 2023-11-14
    async with open_cloud(SandboxOptions(data_dir=tmp_path)) as cloud:
        moments = {"hour": now - 1800, "week": now - 8 * DAY, "morning": day + 60, "next": day + DAY}
        for number, (name, moment) in enumerate(moments.items()):
            await put(cloud, asset(number, public_id=name, created_at=moment, uploaded_at=moment))
        assert await hits(cloud, "created_at>1h") == ["hour"]
        assert await hits(cloud, "created_at<1w AND created_at>2w") == ["week"]
        assert await hits(cloud, "created_at:[4w TO 1d]") == ["week"]
        assert await hits(cloud, 'created_at:"2023-11-14"') == ["morning"]
        assert await hits(cloud, "created_at>2023-11-14 AND created_at<30d") == ["next"]
        assert await hits(cloud, 'created_at<="2023-11-14T00:01:00Z"') == ["morning"]
        assert await hits(cloud, 'created_at<"2023-11-14T00:01:00Z"') == []


@pytest.mark.parametrize(
    ("mode", "expression", "found"),
    [
        ("dynamic", "asset_folder:x/y", ["two"]),
        ("dynamic", "asset_folder=x", ["p/one"]),
        ("dynamic", "folder:p", []),
        ("dynamic", 'asset_folder:"x/*"', ["p/one", "two"]),
        ("dynamic", "asset_folder:x/*", ["p/one", "two"]),
        ("dynamic", "asset_folder:x/y/*", ["two"]),
        ("dynamic", 'folder:"x/*"', ["p/one", "two"]),
        ("dynamic", 'asset_folder:"*"', ["p/one", "two"]),
        ("dynamic", "folder:* AND NOT asset_folder:x/y/*", ["p/one"]),
        ("fixed", 'folder:"p/*"', ["p/one"]),
        ("fixed", "folder:*", ["p/one", "two"]),
        ("dynamic", "public_id:p/*", ["p/one"]),
        ("fixed", "folder:p", ["p/one"]),
        ("fixed", "asset_folder:x", []),
        ("fixed", "folder:p*", ["p/one"]),
    ],
)
async def test_folders_go_by_the_folder_mode(
    tmp_path: Path, mode: FolderMode, expression: str, found: list[str]
) -> None:
    async with open_cloud(SandboxOptions(data_dir=tmp_path, folder_mode=mode)) as cloud:
        await put(cloud, asset(1, public_id="p/one", asset_folder="x"), asset(2, public_id="two", asset_folder="x/y"))
        assert sorted(await hits(cloud, expression)) == found


async def test_hundreds_of_alternatives_are_answered(tmp_path: Path) -> None:
    async with open_cloud(SandboxOptions(data_dir=tmp_path)) as cloud:
        await put(cloud, asset(1, public_id="k700"))
        assert await hits(cloud, f"public_id:({' OR '.join(f'k{number}' for number in range(1500))})") == ["k700"]
