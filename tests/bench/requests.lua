-- wrk … -s requests.lua URL -- MODE [ARGUMENT…]: the requests that wrk sends. Users 1 to KEYS exist.
local KEYS = 1000
local JSON = { ["Content-Type"] = "application/json" }
local modes = {}

local function texts(method, body, collection)
	local all = {}
	for key = 1, KEYS do
		all[key] = wrk.format(method, (collection or "/users/") .. key, body and JSON, body and body(key))
	end
	return all
end

-- METHOD [BODY]: the same request each time
function modes.same(method, body)
	wrk.method = method
	wrk.body = body
	wrk.headers["Content-Type"] = body and JSON["Content-Type"]
end

-- METHOD COUNT: the same request, COUNT of them pipelined
function modes.pipelined(method, count)
	local text = wrk.format(method):rep(count)
	function request() return text end
end

-- [COLLECTION]: reads a row at random, by default a user; or a list whose query ends in a number
function modes.any(collection)
	local reads = texts("GET", nil, collection)
	function request() return reads[math.random(KEYS)] end
end

-- BODY: posts for a user at random
function modes.posts(post)
	local all = {}
	for key = 1, KEYS do
		all[key] = wrk.format("POST", "/users/" .. key .. "/posts", JSON, post)
	end
	function request() return all[math.random(KEYS)] end
end

-- [PREFIX]: creates users; those of several processes differ by the prefix
function modes.create(prefix)
	local name = (prefix or "new") .. "%08d"
	local form = ('{"username":"%s","email":"%s@example.com"}'):format(name, name)
	local function body(n)
		return form:format(n, n)
	end
	local text = wrk.format("POST", "/users", JSON, body(0))
	local head = text:sub(1, -1 - #body(0))
	local n = 0
	function request()
		n = n + 1
		return head .. body(n)
	end
end

-- BODY: of ten requests, nine read a user at random; the tenth changes a user or posts for one
function modes.mixed(post)
	local reads = texts("GET")
	local changes = texts("PATCH", function(key)
		return ('{"email":"changed%04d@example.com"}'):format(key)
	end)
	local posts = {}
	for key = 1, KEYS do
		posts[key] = wrk.format("POST", "/users/" .. key .. "/posts", JSON, post)
	end
	function request()
		local key, die = math.random(KEYS), math.random(20)
		return (die == 1 and changes or die == 2 and posts or reads)[key]
	end
end

local threads = 0

function setup(thread)
	threads = threads + 1
	thread:set("seed", threads)
end

function init(args)
	math.randomseed(seed)
	modes[args[1]](unpack(args, 2))
end

-- Microseconds from a request to its answer.
function done(_, latency)
	print(("times %d %d %d"):format(latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
