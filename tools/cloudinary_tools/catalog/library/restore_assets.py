"""`restore_assets`: deleted assets come back from their backups, or an earlier version of a present one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from cloudinary_tools.client import CloudError
from cloudinary_tools.client.permits import Effect
from cloudinary_tools.client.reply_types.changes import RestoreReply
from cloudinary_tools.library.names import AssetName, name_any
from cloudinary_tools.library.selection import IDS_PER_CALL, PlannedAsset, assets_by_id, named_assets
from cloudinary_tools.toolkit.concurrency import reason
from cloudinary_tools.toolkit.context import ToolContext
from cloudinary_tools.toolkit.journal import Change
from cloudinary_tools.toolkit.plans import Outcome, Plan
from cloudinary_tools.toolkit.registry import tool
from cloudinary_tools.toolkit.results import Problem, ToolResult, plural, quote, visible

WHY = {
    "no_backup": "no backup of it exists",
    "failed": "Cloudinary failed to restore it",
    "unauthorized": "this key may not restore it",
}
"""Outcomes of a restoring, in words."""
LIVE = "it is not deleted; give version_ids"
CAME_SINCE = "something of this name came, or changed, since the plan was made; it was left alone"


@dataclass(frozen=True, slots=True)
class Restoring:
    """One asset that is to be restored; `live` is what has its name now."""

    name: AssetName
    version_id: str
    live: PlannedAsset | None = None

    @property
    def given(self) -> str:
        """The name that the API gets, and answers with."""
        return self.name.asset_id or self.name.public_id

    @property
    def effect(self) -> Effect:
        """It replaces the file of what has its name now."""
        return "destroys" if self.live else "adds"

    @property
    def path(self) -> tuple[str, ...]:
        """Where the Admin API restores assets of its kind."""
        if self.name.asset_id:
            return ("resources", "restore")
        return ("resources", self.name.resource_type, self.name.type, "restore")

    @property
    def key(self) -> str:
        """The asset_id, where it is known."""
        return self.live.key if self.live else str(self.name)

    @property
    def label(self) -> str:
        """Its name for people."""
        return self.live.label if self.live else str(self.name)

    @property
    def version(self) -> int:
        """The version of the present file."""
        return self.live.version if self.live else 0

    @property
    def bytes(self) -> int:
        """The size of the present file."""
        return self.live.bytes if self.live else 0

    @property
    def backup(self) -> bool:
        """It has one, or could not be restored."""
        return True

    @property
    def kind(self) -> str:
        """Its resource type, where it is known."""
        return self.live.resource_type if self.live else "" if self.name.asset_id else self.name.resource_type

    @property
    def targets(self) -> tuple[str, ...]:
        """Its name in the table of changing calls."""
        return (f"asset:{self.name.asset_id}",) if self.name.asset_id else (str(self.name),)


class Restored(TypedDict, total=False):
    """What was restored and what was not."""

    restored: list[str]
    not_restored: dict[str, str]


async def execute_restore_assets(ctx: ToolContext, plan: Plan[Restoring, None]) -> Outcome[Restoring]:
    """Restore as planned; what came or changed since is left alone."""
    failed: dict[str, str] = {}
    restored: list[str] = []
    wanted = list(plan.items)
    if not plan.fresh:
        now = await _looked_up(ctx, [replace(item, live=None) for item in wanted])
        same = [_seen(after) == _seen(before) for before, after in zip(wanted, now, strict=True)]
        failed |= {item.given: CAME_SINCE for item, kept in zip(wanted, same, strict=True) if not kept}
        wanted = [item for item, kept in zip(wanted, same, strict=True) if kept]
    for group in _by_path(wanted):
        await _restore(ctx, group, restored, failed, alone=len(wanted) == len(group) and not failed)
    return Outcome(_report(restored, failed))


async def _restore(
    ctx: ToolContext, group: Sequence[Restoring], restored: list[str], failed: dict[str, str], *, alone: bool
) -> None:
    """Restore assets of one kind in one call."""
    names = [item.given for item in group]
    body: dict[str, Any] = {"asset_ids" if group[0].name.asset_id else "public_ids": names}
    if group[0].version_id:
        body["versions"] = [item.version_id for item in group]
    changes = [
        Change(
            item.key, item.label, item.effect, "restore",
            before=item.live.facts if item.live else None, after={"version_id": item.version_id},
        )
        for item in group
    ]  # fmt: skip
    try:
        async with ctx.recorded(changes) as record:
            reply = await ctx.admin("POST", *group[0].path, reply=RestoreReply, json=body)
            for item in group:
                error = reply[item.given].get("error") if item.given in reply else "not mentioned in the answer"
                if error:
                    failed[item.given] = WHY.get(error, error)
                    record.failed(item.key, failed[item.given])
                else:
                    restored.append(item.given)
                    told = reply[item.given]
                    after = {"version_id": item.version_id, "version": told.get("version")}
                    record.done(item.key, became=told.get("asset_id"), after=after)
    except CloudError as error:
        if alone:
            raise
        failed |= dict.fromkeys(names, reason(error))


@tool(kind="update", title="Restore assets", execute=execute_restore_assets)
async def restore_assets(
    ctx: ToolContext,
    public_ids: Annotated[list[str], Field(description="Each as public_id of list_versions")] = [],
    version_ids: Annotated[list[str], Field(description="One for each, from list_versions")] = [],
) -> Plan[Restoring, None] | ToolResult[Restored]:
    """Restore deleted assets from backups. An earlier version replaces the present file: planned first."""
    if not public_ids:
        raise Problem("Say in public_ids which assets; nothing was restored.")
    if len(public_ids) > IDS_PER_CALL:
        raise Problem(f"One call restores at most {IDS_PER_CALL} assets; nothing was restored.", hint="Split the list.")
    if version_ids and len(version_ids) != len(public_ids):
        raise Problem(
            f"{plural(len(version_ids), 'version_id')} for {plural(len(public_ids), 'asset')}: give one for each, in "
            "the same order; nothing was restored."
        )
    asked = [
        Restoring(name_any(ctx.cloud.config, given), version)
        for given, version in zip(public_ids, version_ids or [""] * len(public_ids), strict=True)
    ]
    found = await _looked_up(ctx, asked)
    items = [item for item in found if item.version_id or not item.live]
    if len(items) < len(found) and not items:
        return _report([], {item.given: LIVE for item in found})
    live = [item for item in items if item.live]
    aside = [quote(item.label) for item in found if item not in items]
    warnings = [f"Left alone, as not deleted: {', '.join(aside)}."] if aside else []
    if live:
        warnings.append("The present files are replaced; they can come back only if they have backups themselves.")
    return Plan(
        operation="restore_assets",
        verb="Replace, by an earlier version," if live else "Restore",
        refusal_suffix="nothing was restored",
        selection="restoring versions" if version_ids else "from backups",
        items=tuple(items),
        explicit=True,
        options=None,
        effect="adds",
        effects=tuple(item.effect for item in items),
        leave="destroys",  # the API knows one call for both
        warnings=tuple(warnings),
    )


def _by_path(items: Iterable[Restoring]) -> list[list[Restoring]]:
    groups: dict[tuple[str, ...], list[Restoring]] = {}
    for item in items:
        groups.setdefault(item.path, []).append(item)
    return list(groups.values())


async def _looked_up(ctx: ToolContext, items: Sequence[Restoring]) -> list[Restoring]:
    """The same with what has their names now."""
    live: dict[str, PlannedAsset] = {}
    for group in _by_path(items):
        names = [item.given for item in group]
        if group[0].name.asset_id:
            live |= await assets_by_id(ctx, names)
        else:
            name = group[0].name
            found = await named_assets(ctx, name.resource_type, name.type, names)
            live |= {asset.label: asset for asset in found}
    return [replace(item, live=live.get(str(item.name))) for item in items]


def _seen(item: Restoring) -> tuple[str, int] | None:
    return (item.live.asset_id, item.live.version) if item.live else None


def _report(restored: Sequence[str], failed: dict[str, str]) -> ToolResult[Restored]:
    shown = {visible(name): visible(why) for name, why in failed.items()}
    rows = [f"Restored {plural(len(restored), 'asset')}{': ' if restored else ''}{', '.join(map(visible, restored))}."]
    rows += [f"Not restored: {name}: {why}." for name, why in shown.items()]
    data = Restored(restored=[visible(name) for name in restored])
    if shown:
        data["not_restored"] = shown
    return ToolResult(data, "\n".join(rows))
