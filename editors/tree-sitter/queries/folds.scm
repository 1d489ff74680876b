[
  (enum)
  (fields)
  (request)
  (grant)
  (body)
  (template)
  (test)
  (invariant)
  (match)
  (set)
  (record_literal)
  (inits)
  (doc)+
] @fold
