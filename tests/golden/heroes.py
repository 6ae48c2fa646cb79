# The application of heroes.json. heroes_openapi.json is what this prints with FastAPI 0.115.11,
# and ValidationError with "input" and "ctx", as later versions write it.
import json
from decimal import Decimal
from enum import Enum
from typing import Annotated, Optional

from fastapi import APIRouter, FastAPI, Query
from sqlmodel import SQLModel, Field


class Color(str, Enum):
    red = "r"


class TeamBase(SQLModel):
    name: str = Field(index=True)


class TeamCreate(TeamBase):
    pass


class TeamPublic(TeamBase):
    id: int


class HeroBase(SQLModel):
    name: str = Field(min_length=1, max_length=9)
    age: Optional[int] = Field(default=None, ge=0)
    team_id: Optional[int] = None


class HeroCreate(HeroBase):
    secret: str


class HeroUpdate(SQLModel):
    name: Optional[str] = None
    age: Optional[int] = None
    secret: Optional[str] = None


class HeroPublic(HeroBase):
    id: int


class HeroPublicWithTeam(HeroPublic):
    team: Optional[TeamPublic] = None


class TeamPublicWithHeroes(TeamPublic):
    heroes: list[HeroPublic] = []


class TeamsPublic(SQLModel):
    data: list[TeamPublic]
    count: int


class Product(SQLModel):
    name: str
    price: Decimal = Field(ge=0)
    color: Color = Color.red

app = FastAPI(title="Heroes", description="All \"heroes\".\n\nOf teams.", version="1.2")


@app.get("/health", tags=["utils"])
def health_check():
    pass


@app.get("/about", summary="About us", description="Who.", response_model=dict[str,str])
def about():
    pass

h = APIRouter(prefix="/api/v1/heroes", tags=["heroes"])


@h.post("/", response_model=HeroPublic)
def create_hero(hero: HeroCreate):
    pass


@h.get("/", response_model=list[HeroPublic])
def read_heroes(offset: int = 0, limit: Annotated[int, Query(le=100)] = 100):
    pass


@h.get("/{hero_id}", response_model=HeroPublicWithTeam, responses={404: {"description": "Not found"}})
def read_hero(hero_id: int):
    pass


@h.patch("/{hero_id}", response_model=HeroPublic, deprecated=True)
def update_hero(hero_id: int, hero: HeroUpdate):
    pass


@h.delete("/{hero_id}")
def delete_hero(hero_id: int):
    pass

t = APIRouter(prefix="/api/v1/teams", tags=["teams", "admin"])


@t.get("/", response_model=TeamsPublic)
def read_teams(name: Optional[str] = None, min_id: Annotated[Optional[int], Query(ge=1)] = None, skip: int = 0, limit: int = 100):
    pass


@t.post("/", response_model=TeamPublic, status_code=201, deprecated=True, response_description="The team")
def create_team(team: TeamCreate):
    """Creates a team."""


@t.get("/{team_id}", response_model=TeamPublicWithHeroes, operation_id="team", summary="One team")
def read_team(team_id: int):
    pass


@t.delete("/{team_id}", status_code=204)
def delete_team(team_id: int):
    pass

p = APIRouter(prefix="/api/v1/products")


@p.post("", status_code=201, response_model=Product)
def create_product(p: Product):
    pass


@p.put("/{product_id}", response_model=Product)
def replace_product(product_id: int, p: Product):
    pass

app.include_router(t)
app.include_router(h)
app.include_router(p)

print(json.dumps(app.openapi(), separators=(",", ":"), ensure_ascii=False))
