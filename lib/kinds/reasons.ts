/** Why a change is harmless, whatever it is a change of. */
export const reasons = {
  same: "it is the same, said in another way",
  putBack: "what was applied last is what was allowed",
  sameOrigin: "it is made of the same as before, and a change of that is told by itself",
  newGeneration: "what it lets one do is let already",
  anew: "it is as it was afterwards",
  withOwner: "what it is in is made anew, too",
  nothingThere: "nothing was there to get weaker",
  goesWithOwner: "it goes with what it is in, and that is told",
  imageVersion: "another version from the same place: who publishes it is the same",
  issued: "a credential of the stack's own; what it may do is told at what gives it out",
  made: "its value is of a resource of the stack, which is told by itself",
  ownPipelines: "a variable of the stack's own pipelines, for a project that is not there yet",
  rotated: "the rotation says how long a token lives, and is told by itself",
  sameProvider: "another version of the same provider",
} as const;
