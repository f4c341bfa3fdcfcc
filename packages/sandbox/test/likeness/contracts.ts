import { z } from "zod";
import { type Contract, entity, wire } from "../../src/contracts/contract.ts";
import type { Problem } from "../../src/likeness/compare.ts";
import { gitlabOperations } from "../../src/likeness/official/gitlab.ts";
import { herokuOperations } from "../../src/likeness/official/heroku.ts";
import type { Answered } from "../../src/likeness/record.ts";

/** A service that sells tea, under the name of one that there is. */
export const thing = entity({ id: z.int(), name: z.string(), notes: z.array(z.string()).optional() });

export const tea: Contract = {
  service: "gitlab",
  operations: {
    "GET /teas/:id": { responses: { 200: thing }, users: ["test"] },
    "POST /teas": {
      request: entity({ name: z.string(), hot: wire("boolean", z.boolean().optional()) }),
      responses: { 201: thing },
      users: ["test"],
    },
    "DELETE /teas/:id": { responses: { 204: "nothing" }, users: ["test"] },
  },
  error: entity({ message: z.string() }),
};

/** What the service says of it, in the form of GitLab's description, and what it was seen to answer. */
export const teaDescription = {
  operations: {
    "GET /teas/{tea_id}": {
      responses: { 200: { id: "integer", name: "string", notes: ["string"] }, 404: null },
    },
    "POST /teas": {
      parameters: ["name!:string", "hot:boolean", "filter[kind]:string=green|black"],
      responses: { 201: { id: "integer", name: "string", notes: ["string"] } },
    },
    "DELETE /teas/{tea_id}": { responses: { 204: { id: "integer" } } },
  },
};

export const teaAnswers = {
  answers: [
    {
      method: "GET",
      path: "/teas/{id}",
      status: 200,
      body: { id: "integer", name: "string", "notes?": ["string"] },
    },
  ],
};

export const describedTeas = (description: object = teaDescription, answers: object = teaAnswers) =>
  gitlabOperations(description, answers);

export const describedByHeroku = herokuOperations;

/** That a test saw each operation, as the contract has it. */
export const seen: Answered[] = Object.keys(tea.operations).map((operation) => ({
  service: "gitlab",
  operation,
  status: 200,
  client: "teapot",
  problems: [],
}));

/** A problem in one line. */
export const told = ({ operation, kind, at, text }: Problem) => `${operation}: ${kind} ${at}: ${text}`;
