"""Metadata types: the properties that each declares, and what it leads to (dataverse-web-api.md §10).

As in the service, what an heir adds wants a cast to it. A property that is listed here is in every entry of
its kind; properties of the service that are not listed are unknown to the sandbox and refused as such.
"""

from dataclasses import dataclass, field
from typing import Final

from mig.model.tables import LOOKUPS, ColumnType


@dataclass(frozen=True, slots=True)
class Kind:
    """A metadata type; `own` are the properties it adds to those of its base, `links` leads to others."""

    name: str
    own: tuple[str, ...]
    base: "Kind | None" = None
    links: tuple[str, ...] = field(default=())

    def has(self, name: str) -> bool:
        """Whether entries declared with this kind have the property."""
        return name in self.own or (self.base is not None and self.base.has(name))

    def is_a(self, name: str) -> bool:
        """Whether it is the type of that name, or an heir of it."""
        return name == self.name or (self.base is not None and self.base.is_a(name))


TABLE: Final = Kind(
    "EntityMetadata",
    (
        *(
            "MetadataId",
            "LogicalName",
            "SchemaName",
            "EntitySetName",
            "LogicalCollectionName",
            "CollectionSchemaName",
        ),
        *(
            "PrimaryIdAttribute",
            "PrimaryNameAttribute",
            "DisplayName",
            "DisplayCollectionName",
            "Description",
        ),
        *("OwnershipType", "IsCustomEntity", "IsPrivate", "IsIntersect", "IsActivity", "TableType"),
        *("IsOptimisticConcurrencyEnabled", "ChangeTrackingEnabled"),
    ),
    links=(
        "Attributes",
        "Keys",
        "ManyToOneRelationships",
        "OneToManyRelationships",
        "ManyToManyRelationships",
    ),
)
ATTRIBUTE: Final = Kind(
    "AttributeMetadata",
    (
        *("MetadataId", "LogicalName", "SchemaName", "EntityLogicalName", "AttributeOf", "AttributeType"),
        *(
            "AttributeTypeName",
            "DisplayName",
            "Description",
            "IsCustomAttribute",
            "IsPrimaryId",
            "IsPrimaryName",
        ),
        *("IsValidForCreate", "IsValidForRead", "IsValidForUpdate", "RequiredLevel", "SourceType"),
    ),
)
KEY: Final = Kind(
    "EntityKeyMetadata",
    (
        *("MetadataId", "LogicalName", "SchemaName", "EntityLogicalName", "DisplayName"),
        *("KeyAttributes", "EntityKeyIndexStatus"),
    ),
)
RELATIONSHIP: Final = Kind(
    "RelationshipMetadataBase", ("MetadataId", "SchemaName", "RelationshipType", "IsCustomRelationship")
)
ONE_TO_MANY: Final = Kind(
    "OneToManyRelationshipMetadata",
    (
        *("ReferencedEntity", "ReferencedAttribute", "ReferencedEntityNavigationPropertyName"),
        *("ReferencingEntity", "ReferencingAttribute", "ReferencingEntityNavigationPropertyName"),
        "CascadeConfiguration",
    ),
    RELATIONSHIP,
)
MANY_TO_MANY: Final = Kind(
    "ManyToManyRelationshipMetadata",
    (
        *("Entity1LogicalName", "Entity1IntersectAttribute", "Entity1NavigationPropertyName"),
        *("Entity2LogicalName", "Entity2IntersectAttribute", "Entity2NavigationPropertyName"),
        "IntersectEntityName",
    ),
    RELATIONSHIP,
)
OPTION_SET_BASE: Final = Kind(
    "OptionSetMetadataBase",
    ("MetadataId", "Name", "DisplayName", "IsCustomOptionSet", "IsGlobal", "OptionSetType"),
)
OPTION_SET: Final = Kind("OptionSetMetadata", ("Options",), OPTION_SET_BASE)
BOOLEAN_OPTION_SET: Final = Kind("BooleanOptionSetMetadata", ("TrueOption", "FalseOption"), OPTION_SET_BASE)

_OPTION_SETS: Final = ("OptionSet", "GlobalOptionSet")
_OWN: Final[dict[ColumnType, tuple[str, ...]]] = {
    ColumnType.BIG_INT: ("MinValue", "MaxValue"),
    ColumnType.BOOLEAN: ("DefaultValue",),
    ColumnType.DATE_TIME: ("Format", "DateTimeBehavior"),
    ColumnType.DECIMAL: ("MinValue", "MaxValue"),
    ColumnType.DOUBLE: ("MinValue", "MaxValue"),
    ColumnType.INTEGER: ("MinValue", "MaxValue", "Format"),
    ColumnType.MEMO: ("MaxLength",),
    ColumnType.MONEY: ("MinValue", "MaxValue"),
    ColumnType.MULTI_SELECT: ("DefaultFormValue",),
    ColumnType.PICKLIST: ("DefaultFormValue",),
    ColumnType.STATE: ("DefaultFormValue",),
    ColumnType.STATUS: ("DefaultFormValue",),
    ColumnType.STRING: ("MaxLength", "Format", "FormatName"),
}
_WITH_OPTIONS: Final = frozenset(
    {ColumnType.BOOLEAN, ColumnType.MULTI_SELECT, ColumnType.PICKLIST, ColumnType.STATE, ColumnType.STATUS}
)
_LOOKUP: Final = Kind("LookupAttributeMetadata", ("Targets",), ATTRIBUTE)
ATTRIBUTES: Final[dict[ColumnType, Kind]] = {
    **{
        type_: Kind(
            # The one name that is not spelled as the column's type.
            f"{'UniqueIdentifier' if type_ is ColumnType.UNIQUEIDENTIFIER else type_}AttributeMetadata",
            _OWN.get(type_, ()),
            ATTRIBUTE,
            _OPTION_SETS if type_ in _WITH_OPTIONS else (),
        )
        for type_ in ColumnType
    },
    **dict.fromkeys(LOOKUPS, _LOOKUP),  # owners and customers are lookups too
}
KINDS: Final = {
    kind.name: kind
    for kind in (
        *(TABLE, ATTRIBUTE, KEY, RELATIONSHIP, ONE_TO_MANY, MANY_TO_MANY),
        *(OPTION_SET_BASE, OPTION_SET, BOOLEAN_OPTION_SET),
        *ATTRIBUTES.values(),
    )
}
