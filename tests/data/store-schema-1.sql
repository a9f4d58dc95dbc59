-- A store of the first schema: what that program wrote, with a few rows. Never edited.

CREATE TABLE sources (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    command TEXT NOT NULL,
    version TEXT NOT NULL,
    config_digest TEXT NOT NULL,
    started_at TEXT NOT NULL,
    finished_at TEXT,
    status TEXT NOT NULL,
    counts TEXT NOT NULL DEFAULT '{}'
) STRICT;

CREATE TABLE fetches (
    id INTEGER PRIMARY KEY,
    run_id INTEGER NOT NULL REFERENCES runs,
    source_id INTEGER NOT NULL REFERENCES sources,
    purpose TEXT NOT NULL,
    task_url TEXT NOT NULL,
    hop INTEGER NOT NULL,
    url TEXT NOT NULL,
    method TEXT NOT NULL,
    requested_at TEXT NOT NULL,
    request_headers TEXT NOT NULL,
    robots_allowed INTEGER NOT NULL,
    robots_basis TEXT NOT NULL,
    robots_line INTEGER NOT NULL,
    robots_rule TEXT NOT NULL,
    robots_fetch_id INTEGER REFERENCES fetches,
    status INTEGER NOT NULL,
    reason TEXT NOT NULL,
    http_version TEXT NOT NULL,
    response_headers TEXT NOT NULL,
    body_sha256 TEXT,
    body_bytes INTEGER,
    truncated INTEGER NOT NULL,
    remote_ip TEXT NOT NULL,
    remote_port INTEGER NOT NULL,
    tls_version TEXT NOT NULL,
    certificate_sha256 TEXT NOT NULL,
    name_lookup_us INTEGER NOT NULL,
    connect_us INTEGER NOT NULL,
    tls_us INTEGER NOT NULL,
    first_byte_us INTEGER NOT NULL,
    total_us INTEGER NOT NULL,
    failure_kind TEXT,
    failure_detail TEXT
) STRICT;
CREATE INDEX fetches_by_task ON fetches (source_id, task_url, id);
CREATE INDEX fetches_by_purpose ON fetches (source_id, purpose, id);
CREATE INDEX fetches_summary ON fetches (source_id, status, robots_allowed, requested_at);

CREATE TABLE page_readings (
    fetch_id INTEGER PRIMARY KEY REFERENCES fetches,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    extractor TEXT NOT NULL,
    charset TEXT NOT NULL,
    posts INTEGER NOT NULL,
    links INTEGER NOT NULL
) STRICT;

CREATE TABLE posts (
    id INTEGER PRIMARY KEY,
    source_id INTEGER NOT NULL REFERENCES sources,
    external_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    whole INTEGER NOT NULL,
    first_seen TEXT NOT NULL,
    last_seen TEXT NOT NULL,
    gone_at TEXT,
    last_page_url TEXT NOT NULL,
    url TEXT NOT NULL,
    UNIQUE (source_id, external_id)
) STRICT;
CREATE INDEX posts_by_page ON posts (source_id, last_page_url);
CREATE INDEX posts_by_url ON posts (source_id, url);

CREATE TABLE post_versions (
    id INTEGER PRIMARY KEY,
    post_id INTEGER NOT NULL REFERENCES posts,
    number INTEGER NOT NULL,
    fetch_id INTEGER NOT NULL REFERENCES fetches,
    seen_at TEXT NOT NULL,
    changed TEXT NOT NULL,
    url TEXT NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    author_name TEXT NOT NULL,
    author_id TEXT NOT NULL,
    author_url TEXT NOT NULL,
    price_raw TEXT NOT NULL,
    price_amount TEXT NOT NULL,
    price_amount_max TEXT NOT NULL,
    price_currency TEXT NOT NULL,
    location TEXT NOT NULL,
    published_raw TEXT NOT NULL,
    published_utc TEXT NOT NULL,
    images TEXT NOT NULL,
    links TEXT NOT NULL,
    extractor TEXT NOT NULL,
    UNIQUE (post_id, number)
) STRICT;

CREATE TABLE images (
    id INTEGER PRIMARY KEY,
    sha256 TEXT NOT NULL UNIQUE,
    bytes INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    format TEXT NOT NULL,
    phash TEXT NOT NULL,
    exif TEXT NOT NULL,
    problem TEXT NOT NULL,
    first_seen TEXT NOT NULL
) STRICT;

CREATE TABLE image_urls (
    source_id INTEGER NOT NULL REFERENCES sources,
    url TEXT NOT NULL,
    image_id INTEGER NOT NULL REFERENCES images,
    fetch_id INTEGER NOT NULL REFERENCES fetches,
    PRIMARY KEY (source_id, url)
) STRICT, WITHOUT ROWID;

CREATE TABLE post_images (
    id INTEGER PRIMARY KEY,
    post_id INTEGER NOT NULL REFERENCES posts,
    url TEXT NOT NULL,
    url_as_written TEXT NOT NULL,
    position INTEGER NOT NULL,
    shown INTEGER NOT NULL,
    image_id INTEGER REFERENCES images,
    fetch_id INTEGER REFERENCES fetches
) STRICT;
CREATE UNIQUE INDEX post_images_once ON post_images (post_id, url, coalesce(image_id, 0));
CREATE INDEX post_images_by_image ON post_images (image_id);
CREATE INDEX post_images_by_url ON post_images (url);

CREATE TABLE detections (
    id INTEGER PRIMARY KEY,
    image_id INTEGER NOT NULL REFERENCES images,
    detector TEXT NOT NULL,
    at TEXT NOT NULL,
    seconds REAL NOT NULL,
    stages TEXT NOT NULL,
    problem TEXT NOT NULL
) STRICT;
CREATE INDEX detections_by_image ON detections (image_id, detector);

CREATE TABLE findings (
    id INTEGER PRIMARY KEY,
    detection_id INTEGER NOT NULL REFERENCES detections,
    kind TEXT NOT NULL,
    brand TEXT NOT NULL,
    model TEXT NOT NULL,
    text TEXT NOT NULL,
    score REAL NOT NULL,
    x INTEGER NOT NULL,
    y INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    quad TEXT NOT NULL,
    reader TEXT NOT NULL,
    why TEXT NOT NULL
) STRICT;
CREATE INDEX findings_by_detection ON findings (detection_id, score);

CREATE TABLE hits (
    id INTEGER PRIMARY KEY,
    public_id TEXT NOT NULL UNIQUE,
    post_id INTEGER NOT NULL REFERENCES posts,
    image_id INTEGER NOT NULL REFERENCES images,
    detection_id INTEGER NOT NULL REFERENCES detections,
    score REAL NOT NULL,
    reasons TEXT NOT NULL,
    found_at TEXT NOT NULL,
    withdrawn_at TEXT,
    state TEXT NOT NULL DEFAULT 'undecided',
    UNIQUE (post_id, image_id)
) STRICT;
CREATE INDEX hits_by_score ON hits (score DESC, id) WHERE withdrawn_at IS NULL;
CREATE INDEX hits_by_found ON hits (found_at DESC, id) WHERE withdrawn_at IS NULL;
CREATE INDEX hits_by_image ON hits (image_id);

CREATE TABLE hit_marks (
    hit_id INTEGER NOT NULL REFERENCES hits ON DELETE CASCADE,
    thing TEXT NOT NULL,
    name TEXT NOT NULL,
    score REAL NOT NULL,
    PRIMARY KEY (hit_id, thing, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX hit_marks_by_name ON hit_marks (thing, name, hit_id);

CREATE TABLE decisions (
    id INTEGER PRIMARY KEY,
    hit_id INTEGER NOT NULL REFERENCES hits,
    verdict TEXT,
    undoes_id INTEGER UNIQUE REFERENCES decisions,
    reviewer TEXT NOT NULL,
    at TEXT NOT NULL,
    note TEXT NOT NULL,
    detection_id INTEGER NOT NULL REFERENCES detections,
    score REAL NOT NULL,
    CHECK ((verdict IS NULL) <> (undoes_id IS NULL))
) STRICT;
CREATE INDEX decisions_by_hit ON decisions (hit_id, id);
CREATE INDEX decisions_by_reviewer ON decisions (reviewer, id);

CREATE TABLE queues (
    id INTEGER PRIMARY KEY,
    source_id INTEGER NOT NULL REFERENCES sources,
    origin TEXT NOT NULL,
    head_at TEXT,
    not_before TEXT NOT NULL,
    ready_at TEXT GENERATED ALWAYS AS (max(head_at, not_before)) VIRTUAL,
    UNIQUE (source_id, origin)
) STRICT;
CREATE INDEX queues_by_ready ON queues (ready_at) WHERE head_at IS NOT NULL;
CREATE INDEX queues_by_origin ON queues (origin);

CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    source_id INTEGER NOT NULL REFERENCES sources,
    queue_id INTEGER NOT NULL REFERENCES queues,
    purpose TEXT NOT NULL,
    url TEXT NOT NULL,
    depth INTEGER NOT NULL,
    referrer TEXT NOT NULL,
    priority INTEGER NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due_at TEXT NOT NULL,
    closed_at TEXT,
    problem TEXT NOT NULL,
    fetch_id INTEGER REFERENCES fetches,
    etag TEXT NOT NULL,
    last_modified TEXT NOT NULL,
    UNIQUE (source_id, purpose, url)
) STRICT;
CREATE INDEX tasks_by_due ON tasks (queue_id, due_at) WHERE state = 'waiting';
CREATE INDEX tasks_by_urgency ON tasks (queue_id, priority, due_at, id) WHERE state = 'waiting';

CREATE TABLE hosts (
    origin TEXT PRIMARY KEY,
    not_before TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE robots (
    origin TEXT PRIMARY KEY,
    basis TEXT NOT NULL,
    body TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    fetch_id INTEGER REFERENCES fetches,
    saved_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Evidence is added to, never rewritten; this also holds for whoever opens the file by hand.
CREATE TRIGGER fetches_stay BEFORE UPDATE ON fetches
BEGIN SELECT raise(ABORT, 'fetches are never changed'); END;
CREATE TRIGGER fetches_remain BEFORE DELETE ON fetches
BEGIN SELECT raise(ABORT, 'fetches are never removed'); END;
CREATE TRIGGER post_versions_stay BEFORE UPDATE ON post_versions
BEGIN SELECT raise(ABORT, 'versions are never changed'); END;
CREATE TRIGGER post_versions_remain BEFORE DELETE ON post_versions
BEGIN SELECT raise(ABORT, 'versions are never removed'); END;
CREATE TRIGGER decisions_stay BEFORE UPDATE ON decisions
BEGIN SELECT raise(ABORT, 'decisions are never changed: undo appends'); END;
CREATE TRIGGER decisions_remain BEFORE DELETE ON decisions
BEGIN SELECT raise(ABORT, 'decisions are never removed: undo appends'); END;

CREATE VIEW current_posts AS
SELECT posts.id, sources.name AS source, posts.external_id, posts.first_seen, posts.last_seen,
       posts.gone_at, v.number AS version, v.url, v.kind, v.title, v.text, v.author_name,
       v.price_raw, v.price_amount, v.price_currency, v.location, v.published_utc, v.images,
       v.fetch_id
FROM posts
JOIN sources ON sources.id = posts.source_id
JOIN post_versions v ON v.post_id = posts.id AND v.number = posts.version;

CREATE VIEW current_hits AS
SELECT hits.public_id AS hit, hits.score, hits.state, hits.reasons, p.source, p.external_id,
       p.title, p.price_raw, p.author_name, p.url, p.first_seen, p.gone_at,
       images.sha256 AS image_sha256, images.width, images.height
FROM hits
JOIN current_posts p ON p.id = hits.post_id
JOIN images ON images.id = hits.image_id
WHERE hits.withdrawn_at IS NULL;

-- What a small crawl left: two posts, the first with a photo that two detectors looked at.
INSERT INTO sources VALUES (1, 'shop');
INSERT INTO runs VALUES (1, 'crawl', '0.1.0', 'digest', '2026-11-20T10:00:00.000Z',
    '2026-11-20T10:05:00.000Z', 'done', '{"pages":2}');
INSERT INTO fetches (id, run_id, source_id, purpose, task_url, hop, url, method, requested_at,
    request_headers, robots_allowed, robots_basis, robots_line, robots_rule, status, reason,
    http_version, response_headers, truncated, remote_ip, remote_port, tls_version,
    certificate_sha256, name_lookup_us, connect_us, tls_us, first_byte_us, total_us)
VALUES (1, 1, 1, 'page', 'https://shop.example/item/1', 0, 'https://shop.example/item/1', 'GET',
    '2026-11-20T10:00:01.000Z', '[]', 1, 'rule', 7, 'Allow: /', 200, 'OK', '1.1', '[]', 0,
    '192.0.2.7', 443, 'TLSv1.3', '', 1, 2, 3, 4, 5);
INSERT INTO posts VALUES (1, 1, '1', 1, 1, '2026-11-20T10:00:01.000Z', '2026-11-20T10:00:01.000Z',
    NULL, 'https://shop.example/item/1', 'https://shop.example/item/1');
INSERT INTO post_versions VALUES (1, 1, 1, 1, '2026-11-20T10:00:01.000Z', '[]',
    'https://shop.example/item/1', 'listing', 'Rack server', 'Two of them.', 'mara', '', '', '450',
    '450', '', 'EUR', 'Leipzig', '', '', '["https://cdn.example/a.jpg"]', '[]', 'json-ld');
INSERT INTO images VALUES (1, 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 5,
    640, 480, 'jpeg', 'dct64:00ff00ff00ff00ff', '', '', '2026-11-20T10:00:02.000Z');
INSERT INTO post_images VALUES (1, 1, 'https://cdn.example/a.jpg', 'https://cdn.example/a.jpg', 0,
    1, 1, 1);
INSERT INTO detections VALUES (1, 1, 'ppocr-v4/1+0000', '2026-11-20T10:01:00.000Z', 0.5, '{}', ''),
    (2, 1, 'ppocr-v4/2+1111', '2026-11-21T10:01:00.000Z', 0.4, '{}', '');
INSERT INTO findings VALUES
    (1, 1, 'wordmark', 'dell', '', 'DELL', 0.9, 10, 20, 100, 40,
     '[[10,20],[110,20],[110,60],[10,60]]', 'ppocr-v4/1', 'exact'),
    (2, 2, 'wordmark', 'dell', '', 'DELL', 0.95, 12, 21, 100, 40,
     '[[12,21],[112,21],[112,61],[12,61]]', 'ppocr-v4/2', 'exact'),
    (3, 2, 'wordmark', 'dell', '', 'DELL', 0.7, 300, 21, 100, 40,
     '[[300,21],[400,21],[400,61],[300,61]]', 'ppocr-v4/2', 'exact');
INSERT INTO hits VALUES (1, '0123456789abcdef', 1, 1, 2, 0.95, '["dell"]',
    '2026-11-20T10:02:00.000Z', NULL, 'confirmed');
INSERT INTO hit_marks VALUES (1, 'brand', 'dell', 0.95);
INSERT INTO decisions VALUES (1, 1, 'confirm', NULL, 'mara', '2026-11-20T11:00:00.000Z', 'clear', 1,
    0.9);

PRAGMA application_id = 1668575852;
PRAGMA user_version = 1;
