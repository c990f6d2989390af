"""Sentences about signing in, roles and the journal."""

from __future__ import annotations

from funnel.i18n.marks import N_

MESSAGES: dict[str, str] = {
    "team.role.viewer": N_("viewer"),
    "team.role.editor": N_("editor"),
    "team.role.admin": N_("admin"),
    "team.not_allowed": N_(
        "This was not done: your role is %(role)s, and it takes the role %(needed)s. Ask an admin of this app for it, "
        "or ask somebody who has it to do this."
    ),
    "team.file": N_(
        "The file of the roles (%(file)s) cannot be read: %(given)s. Until it is put right nothing can be changed; "
        "roles are viewer, editor and admin."
    ),
    "team.secrets": N_(
        "The file %(file)s cannot be read, and it may say that people must sign in: nothing is shown until whoever "
        "looks after this app puts it right."
    ),
    "team.no_email": N_(
        "Your sign-in gave no e-mail address, by which roles are kept: ask whoever looks after this app to request the "
        "scope “email” from the provider."
    ),
    "team.open_address": N_(
        "This app is reachable by other machines and nobody has to sign in, so it shows nothing: set up sign-in, or "
        "serve it on localhost only. docs/team.md says how, and names the switch that overrides this."
    ),
    "team.kind.strategy": N_("a strategy"),
    "team.kind.target": N_("a target"),
    "team.kind.tracking": N_("a line of the weekly form"),
    "team.kind.feedback": N_("a customer's voice"),
    "team.kind.decision": N_("a decision"),
    "team.kind.retrospective": N_("a saved retrospective"),
    "team.kind.forecast": N_("a kept forecast"),
    "team.deed.create": N_("created the workspace"),
    "team.deed.import": N_("imported a file"),
    "team.deed.undo": N_("undid an import"),
    "team.deed.redo": N_("took an undoing back"),
    "team.deed.reading": N_("kept how a file is read"),
    "team.deed.record": N_("changed the plan or what is tracked"),
    "team.deed.spend": N_("changed the spend"),
    "team.deed.setting": N_("changed a setting"),
    "team.deed.funnel": N_("changed the funnel"),
    "team.deed.backup": N_("made a backup"),
    "team.deed.rename": N_("renamed the workspace"),
    "team.deed.restore": N_("restored a backup"),
    "team.deed.delete": N_("deleted the workspace"),
    "team.deed.forget": N_("forgot a lead"),
}
