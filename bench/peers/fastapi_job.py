"""
The JSON job as a user of FastAPI writes it.

    uvicorn bench.peers.fastapi_job:app
"""

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

app = FastAPI()


class Name(BaseModel):
    """What is read of a name."""

    family: str


class Patient(BaseModel):
    """What is read of a patient."""

    resourceType: str  # noqa: N815  FHIR's own spelling
    name: list[Name] = []


class Answer(BaseModel):
    """The five values."""

    ok: bool = True
    id: str
    kind: str
    site: str
    name: str


@app.post("/api/patient/{id}/{kind}")
async def visit(id: str, kind: str, patient: Patient, siteId: str = "main") -> Answer:  # noqa: A002, N803
    """Answer one visit."""
    if patient.resourceType != "Patient":
        raise HTTPException(400)
    return Answer(id=id, kind=kind, site=siteId, name=patient.name[0].family)
