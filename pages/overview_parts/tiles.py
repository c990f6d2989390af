"""The key figures with their change against the window before."""

from __future__ import annotations

import streamlit as st

from funnel.i18n.translator import Translator
from funnel.reports.overview import OverviewReport
