"""The ledger's own table, on the stand-in for DynamoDB."""

from __future__ import annotations

from typing import Any

from budget_alert.ledger.items import Item
from budget_alert.ledger.table import Table
from standins.dynamodb import DynamoDB


class MemoryTable(Table):
    """One account's items in memory; `parts` are the tables of all accounts that have any."""

    def __init__(self, client: DynamoDB | None = None, account: str = "default") -> None:
        self.client = client or DynamoDB()
        boto3: Any = self.client
        super().__init__(boto3, "ledger", account)

    def of(self, account: str) -> MemoryTable:
        """Give the items of another account."""
        return MemoryTable(self.client, account)

    @property
    def items(self) -> dict[str, Item]:
        """The items by their sort keys; they may be changed."""
        return self.client.items[self.account]

    @items.setter
    def items(self, items: dict[str, Item]) -> None:
        self.client.items[self.account] = items

    @property
    def parts(self) -> dict[str, MemoryTable]:
        """The tables of all accounts."""
        return {account: self.of(account) for account in self.client.items}
