-- Script of wrk: POSTs one V2 inference request to one or more models in turn.
--   wrk ... URL -- BODY EXPECTED LIMIT PATH...
-- LIMIT 0: runs for wrk's duration; answers are counted and their status is checked (by wrk itself), so that
-- the client stays cheap. LIMIT n: ends after n answers and looks for the text EXPECTED in each of them; one
-- thread only. The last line of output is a JSON object; times are in microseconds.
function init(args)
  local body, expected, limit = args[1], args[2], tonumber(args[3])
  local requests = {}
  local headers = { ["Content-Type"] = "application/json" }
  -- As clients do; a compressed answer could not be read here.
  if limit == 0 then headers["Accept-Encoding"] = "gzip" end
  for index = 4, #args do
    table.insert(requests, wrk.format("POST", args[index], headers, body))
  end
  local turn = 0
  function request()
    turn = turn % #requests + 1
    return requests[turn]
  end
  if limit > 0 then
    local answered, wrong = 0, 0
    function response(status, _, text)
      answered = answered + 1
      if status ~= 200 or not string.find(text, expected, 1, true) then wrong = wrong + 1 end
      if answered == limit then
        -- wrk's own way to stop a thread does not end its wait for the duration.
        print(string.format('\n{"requests":%d,"wrong":%d}', answered, wrong))
        io.stdout:flush()
        os.exit(0)
      end
    end
  end
end

function done(summary, latency)
  local failed = summary.errors
  print(string.format(
    '\n{"requests":%d,"duration":%d,"p50":%d,"p99":%d,"status":%d,"connect":%d,"read":%d,"write":%d,"timeout":%d}',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    failed.status, failed.connect, failed.read, failed.write, failed.timeout))
end
