"""The words that made-up people, companies and places are put together from. All persons are invented."""

from typing import Final

FIRST_NAMES: Final = (
    "Ada", "Amina", "Åsa", "Basil", "Bob", "Bruno", "Chloé", "Clara", "Dario", "Edda", "Elif", "Emil",
    "Fenna", "Goran", "Hana", "Ines", "Ivo", "Jana", "John", "Jürgen", "Kaito", "Lena", "Livia", "Maja",
    "Marlon", "Mateo", "Milan", "Nadia", "Nils", "Odile", "Oskar", "Paula", "Pavel", "Quentin", "Renée",
    "Rosa", "Sally", "Samir", "Selma", "Théo", "Tilda", "Umar", "Vera", "Wanda", "Xenia", "Yara", "Zoë",
)  # fmt: skip

LAST_NAMES: Final = (
    "Abelard", "Amberg", "Birkwood", "Blythe", "Carrow", "Castellane", "D'Arden", "Dvořák", "Eastmere",
    "Falkner", "Fennimore", "Garrick", "Halloway", "Ibsted", "Jasperson", "Kestrel", "Lindqvarn",
    "Marchetto", "McAlder", "Morrowind", "Müllner", "Nightley", "Núñez", "O'Neil", "Öztan", "Pellegrin",
    "Quill", "Ravensby", "Sandoval", "Tamsin-Lake", "Thornquist", "Underhay", "Van der Wiel", "Vexler",
    "Whitlow", "Yarrow", "Zimmerlin", "伊東",
)  # fmt: skip

# What people type to get past a required field; clean-up segments look for exactly these.
JUNK_NAMES: Final = ("A", "B", "d", "x", ".", "-")
JUNK_IN_EMAIL: Final = (",", ";", "(", "/", "\\", '"')

# NewYork and New York: data typed by people varies.
_CITIES: Final = {
    "Germany": ("Berlin", "München", "Hamburg", "Köln"),
    "Austria": ("Wien", "Graz", "Linz"),
    "Switzerland": ("Zürich", "Basel", "Bern"),
    "France": ("Paris", "Lyon", "Nantes"),
    "Spain": ("Madrid", "Sevilla", "Bilbao"),
    "Portugal": ("Lisboa", "Porto"),
    "Italy": ("Milano", "Torino", "Bologna"),
    "Belgium": ("Bruxelles", "Gent"),
    "Netherlands": ("Utrecht", "Delft"),
    "Luxembourg": ("Luxembourg",),
    "Ireland": ("Dublin", "Cork"),
    "United Kingdom": ("London", "Leeds", "Bath"),
    "Sweden": ("Malmö", "Uppsala"),
    "Poland": ("Kraków", "Gdynia"),
    "USA": ("Seattle", "NewYork", "New York", "NewJersey"),
    "Canada": ("Toronto", "Montréal"),
}
PLACES: Final = tuple((country, city) for country, cities in _CITIES.items() for city in cities)

JOB_TITLES: Final = (
    "CEO", "CFO", "Purchasing Manager", "Head of Purchasing", "Marketing Manager", "Sales Manager",
    "Finance Manager", "Head of Marketing", "Engineer", "Senior Engineer", "Office Manager", "Consultant",
    "Event Planner", "Teacher", "Nurse", "purchasing assistant",
)  # fmt: skip

DEPARTMENTS: Final = ("Purchasing", "Marketing", "Sales", "Finance", "Research", "Service")
COMPANY_FIRST: Final = (
    "Alderbrook", "Brightwater", "Copperfield", "Dunmore", "Evergreen", "Foxglove", "Granite",
    "Harbourside", "Ironbridge", "Juniper", "Kingfisher", "Larkspur", "Millstone", "Northwold",
    "Oakhollow", "Pinecrest", "Quartz", "Ridgeway", "Silverbirch", "Tidewater",
)  # fmt: skip
COMPANY_SECOND: Final = (
    "Bank", "Bakeries", "Chemicals", "Consulting", "Foods", "Insurance", "Logistics", "Machines", "Media",
    "Outfitters", "Partners", "Savings", "Textiles", "Travel", "Utilities", "& Daughters",
)  # fmt: skip
EMAIL_DOMAINS: Final = ("example.com", "example.org", "example.net")

# Numbers of the bundled `industrycode`; Financial (16) more often, because segments ask for it.
INDUSTRIES: Final = (16, 16, 16, 20, 7, 12, 17, 30, 33, 6, 31, 13)
LEAD_SUBJECTS: Final = (
    "Asked for a quote",
    "Downloaded the guide",
    "Met at the trade show",
    "Called in",
    "Web form",
)

# Business units below the root, with their users.
UNITS: Final = {
    "Central": ("Nora Velden", "Piet Aldermann", "Greta Solwig"),
    "South": ("Livio Carrara", "Alba Montesin"),
    "North": ("Signe Halvard", "Owen Thackwell"),
}
LEFT: Final = "Greta Solwig"  # disabled, and still the owner of rows

CAMPAIGNS: Final = (
    "Newsletter",
    "Reactivation",
    "Product launch",
    "Survey",
    "Season's greetings",
    "Invitation",
)

# The first is the one that manifests name.
EVENT_NAMES: Final = (
    "Spring Summit", "Partner Day", "Open House", "Makers Forum", "Service Academy", "Planning Workshop",
    "Trade Evening", "Product Week",
)  # fmt: skip
SESSION_NAMES: Final = (
    "Keynote", "Getting started", "Ask the makers", "Round table", "Hands-on lab", "Lessons learnt",
    "What comes next", "Closing talk",
)  # fmt: skip
PASS_NAMES: Final = ("Standard", "Student", "Premium")

# Questions with the numbers of `msevtmgt_type` and their choices; to a text question any of these is said.
QUESTIONS: Final = (
    ("What do you hope to learn?", 100000000, ("Tools", "Methods", "To meet people", "Zusammenhänge")),
    ("Do you need a parking space?", 100000001, ("Yes", "No")),
    ("Which topics interest you?", 100000002, ("Planning", "Reporting", "Service", "Training")),
    ("Which meal do you prefer?", 100000003, ("Vegetarian", "Vegan", "Fish", "No preference")),
)
