BEGIN TRANSACTION;
CREATE TABLE asset_context (
    key TEXT NOT NULL, value TEXT NOT NULL, seq INTEGER NOT NULL REFERENCES assets ON DELETE CASCADE,
    PRIMARY KEY (key, value, seq)
) WITHOUT ROWID;
INSERT INTO "asset_context" VALUES('alt','A red square',1);
CREATE TABLE asset_moderations (
    kind TEXT NOT NULL, status TEXT NOT NULL, seq INTEGER NOT NULL REFERENCES assets ON DELETE CASCADE,
    PRIMARY KEY (kind, status, seq)
) WITHOUT ROWID;
CREATE TABLE asset_tags (
    tag TEXT NOT NULL, seq INTEGER NOT NULL REFERENCES assets ON DELETE CASCADE, PRIMARY KEY (tag, seq)
) WITHOUT ROWID;
INSERT INTO "asset_tags" VALUES('primary',1);
INSERT INTO "asset_tags" VALUES('warm',1);
INSERT INTO "asset_tags" VALUES('cold',2);
CREATE TABLE assets (
    seq INTEGER PRIMARY KEY,
    asset_id TEXT NOT NULL UNIQUE,
    resource_type TEXT NOT NULL,
    type TEXT NOT NULL,
    public_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    version_id TEXT NOT NULL,
    format TEXT,
    bytes INTEGER NOT NULL,
    width INTEGER,
    height INTEGER,
    etag TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    uploaded_at INTEGER NOT NULL,
    asset_folder TEXT NOT NULL,
    display_name TEXT NOT NULL,
    original_filename TEXT,
    access_mode TEXT NOT NULL,
    backup INTEGER NOT NULL,
    placeholder INTEGER NOT NULL,
    file TEXT NOT NULL,
    tags TEXT NOT NULL,
    context TEXT NOT NULL,
    metadata TEXT NOT NULL,
    access_control TEXT,
    moderation TEXT NOT NULL,
    facts TEXT NOT NULL,
    extra TEXT NOT NULL,
    UNIQUE (resource_type, type, public_id)
);
INSERT INTO "assets" VALUES(1,'6b1a1168f0b24460ae508c0dcafb44e4','image','upload','red',1795634320,'a3f8c45fddb44ff4b357dbad332aea7c','png',73,4,3,'eddad980e2da361ca610ea2056b86c68',1795634319,1795634319,'paint/warm','red','red','public',1,0,'24b6815d5b1540ea970f5bdf0a932366','["primary", "warm"]','{"alt": "A red square"}','{"sku": "1"}',NULL,'[]','{"resource_type": "image", "bytes": 73, "etag": "eddad980e2da361ca610ea2056b86c68", "format": "png", "width": 4, "height": 3, "pages": 1, "phash": "d7b420d7209497d7", "has_alpha": false, "grayscale": false, "placeholder": false, "duration": null, "bit_rate": null, "frame_rate": null, "nb_frames": null, "rotation": null, "is_audio": null, "audio": null, "video": null}','{"last_updated": {"tags_updated_at": "2026-11-25T19:18:39Z", "updated_at": "2026-11-25T19:18:39Z", "context_updated_at": "2026-11-25T19:18:39Z", "metadata_updated_at": "2026-11-25T19:18:39Z"}, "analysis": {}}');
INSERT INTO "assets" VALUES(2,'20331544aae344e38fb83b07c3bc7081','image','upload','blue',1795634319,'5b9b0a28006d4282bf6ad9dc2f042a3e','png',0,2,2,'d3e8792400264a8af5eb5a575d2b820e',1795634319,1795634319,'','blue','blue','public',1,1,'','["cold"]','{}','{}',NULL,'[]','{"resource_type": "image", "bytes": 79, "etag": "d3e8792400264a8af5eb5a575d2b820e", "format": "png", "width": 2, "height": 2, "pages": 1, "phash": "d7f028c72890d6d7", "has_alpha": false, "grayscale": false, "placeholder": false, "duration": null, "bit_rate": null, "frame_rate": null, "nb_frames": null, "rotation": null, "is_audio": null, "audio": null, "video": null}','{"last_updated": {"tags_updated_at": "2026-11-25T19:18:39Z", "updated_at": "2026-11-25T19:18:39Z"}, "analysis": {}}');
CREATE TABLE backup_operations (
    id TEXT PRIMARY KEY, created_at INTEGER NOT NULL, assets INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE backups (
    seq INTEGER PRIMARY KEY,
    asset INTEGER NOT NULL REFERENCES assets ON DELETE CASCADE,
    version_id TEXT NOT NULL,
    time INTEGER NOT NULL,
    file TEXT NOT NULL,
    state TEXT NOT NULL,
    UNIQUE (asset, version_id)
);
INSERT INTO "backups" VALUES(1,1,'6dcd3bc50c95421e9d7ed75792bb2cde',1795634319,'efc87f097b64487fabe58dbdc05fefae','{"version": 1795634319, "format": "png", "bytes": 73, "width": 4, "height": 3, "etag": "d8066695cc6cda469fd2985066b75c5e", "facts": {"resource_type": "image", "bytes": 73, "etag": "d8066695cc6cda469fd2985066b75c5e", "format": "png", "width": 4, "height": 3, "pages": 1, "phash": "9778689768909797", "has_alpha": false, "grayscale": false, "placeholder": false, "duration": null, "bit_rate": null, "frame_rate": null, "nb_frames": null, "rotation": null, "is_audio": null, "audio": null, "video": null}}');
INSERT INTO "backups" VALUES(2,1,'a3f8c45fddb44ff4b357dbad332aea7c',1795634319,'24b6815d5b1540ea970f5bdf0a932366','{"version": 1795634320, "format": "png", "bytes": 73, "width": 4, "height": 3, "etag": "eddad980e2da361ca610ea2056b86c68", "facts": {"resource_type": "image", "bytes": 73, "etag": "eddad980e2da361ca610ea2056b86c68", "format": "png", "width": 4, "height": 3, "pages": 1, "phash": "d7b420d7209497d7", "has_alpha": false, "grayscale": false, "placeholder": false, "duration": null, "bit_rate": null, "frame_rate": null, "nb_frames": null, "rotation": null, "is_audio": null, "audio": null, "video": null}}');
INSERT INTO "backups" VALUES(3,2,'5b9b0a28006d4282bf6ad9dc2f042a3e',1795634319,'642a34974ac44f7baa9327d8ff7a5b0d','{"version": 1795634319, "format": "png", "bytes": 79, "width": 2, "height": 2, "etag": "d3e8792400264a8af5eb5a575d2b820e", "facts": {"resource_type": "image", "bytes": 79, "etag": "d3e8792400264a8af5eb5a575d2b820e", "format": "png", "width": 2, "height": 2, "pages": 1, "phash": "d7f028c72890d6d7", "has_alpha": false, "grayscale": false, "placeholder": false, "duration": null, "bit_rate": null, "frame_rate": null, "nb_frames": null, "rotation": null, "is_audio": null, "audio": null, "video": null}}');
CREATE TABLE delete_tokens (
    token TEXT PRIMARY KEY, asset INTEGER NOT NULL REFERENCES assets ON DELETE CASCADE, expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE derived (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    asset INTEGER NOT NULL REFERENCES assets ON DELETE CASCADE,
    transformation TEXT NOT NULL,
    request TEXT NOT NULL,
    format TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    width INTEGER,
    height INTEGER,
    file TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    serving TEXT NOT NULL,
    UNIQUE (asset, transformation, request)
);
INSERT INTO "derived" VALUES(1,'0a07fe85f61b41089abc4b42e3a67ba6',1,'t_tiny','png','png',69,1,1,'c36a41d4d0764be7ac3b269561079f82',1795634319,'{"content_type": "image/png", "attachment": null, "approximations": [], "vary_accept": false}');
CREATE TABLE folders (
    path TEXT PRIMARY KEY, external_id TEXT NOT NULL UNIQUE, created_at INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO "folders" VALUES('paint','6fd7b9cdc2f64f2cb25b37c20aff8177',1795634319);
INSERT INTO "folders" VALUES('paint/warm','91beddb7d33d40f6823342399780291f',1795634319);
CREATE TABLE metadata_fields (
    external_id TEXT PRIMARY KEY, position INTEGER NOT NULL, created_at REAL NOT NULL, definition TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO "metadata_fields" VALUES('sku',0,1.79563431920085358616e+09,'{"external_id": "sku", "type": "string", "label": "SKU", "mandatory": false, "default_value": null, "default_disabled": false, "validation": null, "restrictions": null, "allow_dynamic_list_values": null}');
CREATE TABLE metadata_rules (
    external_id TEXT PRIMARY KEY, position INTEGER NOT NULL, definition TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE notification_messages (
    seq INTEGER PRIMARY KEY,
    channel TEXT,
    batch_id TEXT,
    payload BLOB NOT NULL,
    created_at REAL NOT NULL,
    receipt_handle TEXT UNIQUE,
    hidden_until REAL NOT NULL DEFAULT 0
);
INSERT INTO "notification_messages" VALUES(1,'inbox',NULL,X'7B226E6F74696669636174696F6E5F74797065223A2275706C6F6164222C2274696D657374616D70223A22323032362D31312D32355431393A31383A33392B30303A3030222C22726571756573745F6964223A226661656538633839363763633465616161636462643838343833353230356531222C2261737365745F6964223A223662316131313638663062323434363061653530386330646361666234346534222C227075626C69635F6964223A22726564222C2276657273696F6E223A313739353633343331392C2276657273696F6E5F6964223A223664636433626335306339353432316539643765643735373932626232636465222C227769647468223A342C22686569676874223A332C22666F726D6174223A22706E67222C227265736F757263655F74797065223A22696D616765222C22637265617465645F6174223A22323032362D31312D32355431393A31383A33395A222C2274616773223A5B227072696D617279222C227761726D225D2C227061676573223A312C226279746573223A37332C2274797065223A2275706C6F6164222C2265746167223A226438303636363935636336636461343639666432393835303636623735633565222C22706C616365686F6C646572223A66616C73652C2275726C223A22687474703A2F2F3132372E302E302E313A302F73616E64626F782F696D6167652F75706C6F61642F76313739353633343331392F7265642E706E67222C227365637572655F75726C223A22687474703A2F2F3132372E302E302E313A302F73616E64626F782F696D6167652F75706C6F61642F76313739353633343331392F7265642E706E67222C2261737365745F666F6C646572223A227061696E742F7761726D222C22646973706C61795F6E616D65223A22726564222C226F726967696E616C5F66696C656E616D65223A22726564222C22636F6E74657874223A7B22637573746F6D223A7B22616C74223A22412072656420737175617265227D7D2C226D65746164617461223A7B22736B75223A2231227D2C226170695F6B6579223A22353237383139323631393739373934222C226E6F74696669636174696F6E5F636F6E74657874223A7B227472696767657265645F6174223A22323032362D31312D32355431393A31383A33392E3237313336395A222C227472696767657265645F6279223A7B22736F75726365223A22617069222C226964223A22353237383139323631393739373934227D7D2C227369676E61747572655F6B6579223A22353237383139323631393739373934227D',1.79563431927627253532e+09,NULL,0.0);
INSERT INTO "notification_messages" VALUES(2,'inbox',NULL,X'7B226E6F74696669636174696F6E5F74797065223A2275706C6F6164222C2274696D657374616D70223A22323032362D31312D32355431393A31383A33392B30303A3030222C22726571756573745F6964223A223337303261386464653531653433323262373263316131383530653339653466222C2261737365745F6964223A223662316131313638663062323434363061653530386330646361666234346534222C227075626C69635F6964223A22726564222C2276657273696F6E223A313739353633343332302C2276657273696F6E5F6964223A226133663863343566646462343466663462333537646261643333326165613763222C227769647468223A342C22686569676874223A332C22666F726D6174223A22706E67222C227265736F757263655F74797065223A22696D616765222C22637265617465645F6174223A22323032362D31312D32355431393A31383A33395A222C2274616773223A5B227072696D617279222C227761726D225D2C227061676573223A312C226279746573223A37332C2274797065223A2275706C6F6164222C2265746167223A226564646164393830653264613336316361363130656132303536623836633638222C22706C616365686F6C646572223A66616C73652C2275726C223A22687474703A2F2F3132372E302E302E313A302F73616E64626F782F696D6167652F75706C6F61642F76313739353633343332302F7265642E706E67222C227365637572655F75726C223A22687474703A2F2F3132372E302E302E313A302F73616E64626F782F696D6167652F75706C6F61642F76313739353633343332302F7265642E706E67222C2261737365745F666F6C646572223A227061696E742F7761726D222C22646973706C61795F6E616D65223A22726564222C226F726967696E616C5F66696C656E616D65223A22726564222C22636F6E74657874223A7B22637573746F6D223A7B22616C74223A22412072656420737175617265227D7D2C226D65746164617461223A7B22736B75223A2231227D2C226170695F6B6579223A22353237383139323631393739373934222C226F7665727772697474656E223A747275652C226E6F74696669636174696F6E5F636F6E74657874223A7B227472696767657265645F6174223A22323032362D31312D32355431393A31383A33392E3239343739395A222C227472696767657265645F6279223A7B22736F75726365223A22617069222C226964223A22353237383139323631393739373934227D7D2C227369676E61747572655F6B6579223A22353237383139323631393739373934227D',1.79563431929512214656e+09,NULL,0.0);
INSERT INTO "notification_messages" VALUES(3,'inbox',NULL,X'7B226E6F74696669636174696F6E5F74797065223A2275706C6F6164222C2274696D657374616D70223A22323032362D31312D32355431393A31383A33392B30303A3030222C22726571756573745F6964223A223739636632643461336264323438633761343361333237393436656466646364222C2261737365745F6964223A223230333331353434616165333434653338666238336230376333626337303831222C227075626C69635F6964223A22626C7565222C2276657273696F6E223A313739353633343331392C2276657273696F6E5F6964223A223562396230613238303036643432383262663661643964633266303432613365222C227769647468223A322C22686569676874223A322C22666F726D6174223A22706E67222C227265736F757263655F74797065223A22696D616765222C22637265617465645F6174223A22323032362D31312D32355431393A31383A33395A222C2274616773223A5B22636F6C64225D2C227061676573223A312C226279746573223A37392C2274797065223A2275706C6F6164222C2265746167223A226433653837393234303032363461386166356562356135373564326238323065222C22706C616365686F6C646572223A66616C73652C2275726C223A22687474703A2F2F3132372E302E302E313A302F73616E64626F782F696D6167652F75706C6F61642F76313739353633343331392F626C75652E706E67222C227365637572655F75726C223A22687474703A2F2F3132372E302E302E313A302F73616E64626F782F696D6167652F75706C6F61642F76313739353633343331392F626C75652E706E67222C2261737365745F666F6C646572223A22222C22646973706C61795F6E616D65223A22626C7565222C226F726967696E616C5F66696C656E616D65223A22626C7565222C226170695F6B6579223A22353237383139323631393739373934222C226E6F74696669636174696F6E5F636F6E74657874223A7B227472696767657265645F6174223A22323032362D31312D32355431393A31383A33392E3330363334325A222C227472696767657265645F6279223A7B22736F75726365223A22617069222C226964223A22353237383139323631393739373934227D7D2C227369676E61747572655F6B6579223A22353237383139323631393739373934227D',1.79563431930676436426e+09,NULL,0.0);
INSERT INTO "notification_messages" VALUES(4,'inbox',NULL,X'7B226E6F74696669636174696F6E5F74797065223A2264656C657465222C227265736F7572636573223A5B7B227265736F757263655F74797065223A22696D616765222C2274797065223A2275706C6F6164222C2261737365745F6964223A223230333331353434616165333434653338666238336230376333626337303831222C227075626C69635F6964223A22626C7565222C2276657273696F6E223A313739353633343331392C2261737365745F666F6C646572223A22222C22646973706C61795F6E616D65223A22626C7565227D5D2C226E6F74696669636174696F6E5F636F6E74657874223A7B227472696767657265645F6174223A22323032362D31312D32355431393A31383A33392E3530373935395A222C227472696767657265645F6279223A7B22736F75726365223A22617069222C226964223A22353237383139323631393739373934227D7D2C227369676E61747572655F6B6579223A22353237383139323631393739373934227D',1.79563431950951075555e+09,NULL,0.0);
CREATE TABLE notification_triggers (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    uri TEXT NOT NULL,
    uri_type TEXT NOT NULL,
    event_type TEXT NOT NULL,
    additive INTEGER NOT NULL,
    filter TEXT,
    auth_scheme TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);
INSERT INTO "notification_triggers" VALUES(1,'c17371b805093527410fb7b8595f7132bd43e28584149c2351a48b011120f992','poll://inbox','poll','all',0,NULL,'default',1795634319,1795634319);
CREATE TABLE presets (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, external_id TEXT NOT NULL, unsigned INTEGER NOT NULL,
    settings TEXT NOT NULL, created_at INTEGER NOT NULL
);
INSERT INTO "presets" VALUES(1,'web','08f25707f8be46198bd7957b7bdafbdf',1,'{"tags": "web"}',1795634319);
CREATE TABLE relations (
    asset INTEGER NOT NULL REFERENCES assets ON DELETE CASCADE,
    related INTEGER NOT NULL REFERENCES assets ON DELETE CASCADE,
    PRIMARY KEY (asset, related)
) WITHOUT ROWID;
CREATE TABLE search_documents (
    seq INTEGER PRIMARY KEY,
    active INTEGER NOT NULL,
    status TEXT NOT NULL,
    asset_id TEXT NOT NULL,
    public_id TEXT NOT NULL,
    resource_type TEXT NOT NULL,
    type TEXT NOT NULL,
    format TEXT,
    folder TEXT NOT NULL,
    asset_folder TEXT NOT NULL,
    filename TEXT NOT NULL,
    display_name TEXT NOT NULL,
    access_mode TEXT NOT NULL,
    etag TEXT NOT NULL,
    version INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    width INTEGER,
    height INTEGER,
    pixels INTEGER,
    aspect_ratio REAL,
    duration REAL,
    pages INTEGER,
    face_count INTEGER,
    quality_score REAL,
    illustration_score REAL,
    transparent TEXT,
    grayscale TEXT,
    created_at INTEGER NOT NULL,
    uploaded_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    taken_at INTEGER,
    document TEXT NOT NULL
);
INSERT INTO "search_documents" VALUES(1,1,'active','6b1a1168f0b24460ae508c0dcafb44e4','red','image','upload','png','','paint/warm','red','red','public','eddad980e2da361ca610ea2056b86c68',1795634320,73,4,3,12,1.33333,NULL,1,NULL,NULL,NULL,'false','false',1795634319,1795634319,1795634319,NULL,'{"seq": 1, "asset_id": "6b1a1168f0b24460ae508c0dcafb44e4", "resource_type": "image", "type": "upload", "public_id": "red", "version": 1795634320, "version_id": "a3f8c45fddb44ff4b357dbad332aea7c", "format": "png", "bytes": 73, "width": 4, "height": 3, "etag": "eddad980e2da361ca610ea2056b86c68", "created_at": 1795634319, "uploaded_at": 1795634319, "asset_folder": "paint/warm", "display_name": "red", "original_filename": "red", "access_mode": "public", "backup": true, "placeholder": false, "file": "24b6815d5b1540ea970f5bdf0a932366", "tags": ["primary", "warm"], "context": {"alt": "A red square"}, "metadata": {"sku": "1"}, "access_control": null, "moderation": [], "facts": {"resource_type": "image", "bytes": 73, "etag": "eddad980e2da361ca610ea2056b86c68", "format": "png", "width": 4, "height": 3, "pages": 1, "phash": "d7b420d7209497d7", "has_alpha": false, "grayscale": false, "placeholder": false, "duration": null, "bit_rate": null, "frame_rate": null, "nb_frames": null, "rotation": null, "is_audio": null, "audio": null, "video": null}, "extra": {"last_updated": {"tags_updated_at": "2026-11-25T19:18:39Z", "updated_at": "2026-11-25T19:18:39Z", "context_updated_at": "2026-11-25T19:18:39Z", "metadata_updated_at": "2026-11-25T19:18:39Z"}, "analysis": {}}}');
INSERT INTO "search_documents" VALUES(2,1,'active','20331544aae344e38fb83b07c3bc7081','blue','image','upload','png','','','blue','blue','public','d3e8792400264a8af5eb5a575d2b820e',1795634319,79,2,2,4,1.0,NULL,1,NULL,NULL,NULL,'false','false',1795634319,1795634319,1795634319,NULL,'{"seq": 2, "asset_id": "20331544aae344e38fb83b07c3bc7081", "resource_type": "image", "type": "upload", "public_id": "blue", "version": 1795634319, "version_id": "5b9b0a28006d4282bf6ad9dc2f042a3e", "format": "png", "bytes": 79, "width": 2, "height": 2, "etag": "d3e8792400264a8af5eb5a575d2b820e", "created_at": 1795634319, "uploaded_at": 1795634319, "asset_folder": "", "display_name": "blue", "original_filename": "blue", "access_mode": "public", "backup": true, "placeholder": false, "file": "642a34974ac44f7baa9327d8ff7a5b0d", "tags": ["cold"], "context": {}, "metadata": {}, "access_control": null, "moderation": [], "facts": {"resource_type": "image", "bytes": 79, "etag": "d3e8792400264a8af5eb5a575d2b820e", "format": "png", "width": 2, "height": 2, "pages": 1, "phash": "d7f028c72890d6d7", "has_alpha": false, "grayscale": false, "placeholder": false, "duration": null, "bit_rate": null, "frame_rate": null, "nb_frames": null, "rotation": null, "is_audio": null, "audio": null, "video": null}, "extra": {"last_updated": {"tags_updated_at": "2026-11-25T19:18:39Z", "updated_at": "2026-11-25T19:18:39Z"}, "analysis": {}}}');
CREATE TABLE search_queue (seq INTEGER PRIMARY KEY, changed_at REAL NOT NULL);
INSERT INTO "search_queue" VALUES(2,1.79563431950701022149e+09);
CREATE TABLE search_values (
    field TEXT NOT NULL, value TEXT NOT NULL, active INTEGER NOT NULL, created_at INTEGER NOT NULL,
    seq INTEGER NOT NULL, words TEXT NOT NULL, number REAL,
    PRIMARY KEY (field, value, active, created_at, seq)
) WITHOUT ROWID;
INSERT INTO "search_values" VALUES('','1',1,1795634319,1,' 1 ',NULL);
INSERT INTO "search_values" VALUES('','A red square',1,1795634319,1,' a red square ',NULL);
INSERT INTO "search_values" VALUES('','blue',1,1795634319,2,' blue ',NULL);
INSERT INTO "search_values" VALUES('','cold',1,1795634319,2,' cold ',NULL);
INSERT INTO "search_values" VALUES('','primary',1,1795634319,1,' primary ',NULL);
INSERT INTO "search_values" VALUES('','red',1,1795634319,1,' red ',NULL);
INSERT INTO "search_values" VALUES('','warm',1,1795634319,1,' warm ',NULL);
INSERT INTO "search_values" VALUES('context','A red square',1,1795634319,1,' a red square ',NULL);
INSERT INTO "search_values" VALUES('context','alt',1,1795634319,1,' alt ',NULL);
INSERT INTO "search_values" VALUES('context.alt','A red square',1,1795634319,1,' a red square ',NULL);
INSERT INTO "search_values" VALUES('display_name','blue',1,1795634319,2,' blue ',NULL);
INSERT INTO "search_values" VALUES('display_name','red',1,1795634319,1,' red ',NULL);
INSERT INTO "search_values" VALUES('filename','blue',1,1795634319,2,' blue ',NULL);
INSERT INTO "search_values" VALUES('filename','red',1,1795634319,1,' red ',NULL);
INSERT INTO "search_values" VALUES('last_updated.context_updated_at','2026-11-25T19:18:39Z',1,1795634319,1,' 2026 11 25t19 18 39z ',1795634319.0);
INSERT INTO "search_values" VALUES('last_updated.metadata_updated_at','2026-11-25T19:18:39Z',1,1795634319,1,' 2026 11 25t19 18 39z ',1795634319.0);
INSERT INTO "search_values" VALUES('last_updated.tags_updated_at','2026-11-25T19:18:39Z',1,1795634319,1,' 2026 11 25t19 18 39z ',1795634319.0);
INSERT INTO "search_values" VALUES('last_updated.tags_updated_at','2026-11-25T19:18:39Z',1,1795634319,2,' 2026 11 25t19 18 39z ',1795634319.0);
INSERT INTO "search_values" VALUES('last_updated.updated_at','2026-11-25T19:18:39Z',1,1795634319,1,' 2026 11 25t19 18 39z ',1795634319.0);
INSERT INTO "search_values" VALUES('last_updated.updated_at','2026-11-25T19:18:39Z',1,1795634319,2,' 2026 11 25t19 18 39z ',1795634319.0);
INSERT INTO "search_values" VALUES('metadata','1',1,1795634319,1,' 1 ',NULL);
INSERT INTO "search_values" VALUES('metadata.sku','1',1,1795634319,1,' 1 ',1.0);
INSERT INTO "search_values" VALUES('tags','cold',1,1795634319,2,' cold ',NULL);
INSERT INTO "search_values" VALUES('tags','primary',1,1795634319,1,' primary ',NULL);
INSERT INTO "search_values" VALUES('tags','warm',1,1795634319,1,' warm ',NULL);
CREATE TABLE search_words (
    field TEXT NOT NULL, word TEXT NOT NULL, active INTEGER NOT NULL, created_at INTEGER NOT NULL,
    seq INTEGER NOT NULL, PRIMARY KEY (field, word, active, created_at, seq)
) WITHOUT ROWID;
INSERT INTO "search_words" VALUES('','1',1,1795634319,1);
INSERT INTO "search_words" VALUES('','a',1,1795634319,1);
INSERT INTO "search_words" VALUES('','primary',1,1795634319,1);
INSERT INTO "search_words" VALUES('','red',1,1795634319,1);
INSERT INTO "search_words" VALUES('','square',1,1795634319,1);
INSERT INTO "search_words" VALUES('','warm',1,1795634319,1);
INSERT INTO "search_words" VALUES('context','a',1,1795634319,1);
INSERT INTO "search_words" VALUES('context','alt',1,1795634319,1);
INSERT INTO "search_words" VALUES('context','red',1,1795634319,1);
INSERT INTO "search_words" VALUES('context','square',1,1795634319,1);
INSERT INTO "search_words" VALUES('context.alt','a',1,1795634319,1);
INSERT INTO "search_words" VALUES('context.alt','red',1,1795634319,1);
INSERT INTO "search_words" VALUES('context.alt','square',1,1795634319,1);
INSERT INTO "search_words" VALUES('display_name','red',1,1795634319,1);
INSERT INTO "search_words" VALUES('filename','red',1,1795634319,1);
INSERT INTO "search_words" VALUES('last_updated.context_updated_at','11',1,1795634319,1);
INSERT INTO "search_words" VALUES('last_updated.context_updated_at','18',1,1795634319,1);
INSERT INTO "search_words" VALUES('last_updated.context_updated_at','2026',1,1795634319,1);
INSERT INTO "search_words" VALUES('last_updated.context_updated_at','25t19',1,1795634319,1);
INSERT INTO "search_words" VALUES('last_updated.context_updated_at','39z',1,1795634319,1);
INSERT INTO "search_words" VALUES('last_updated.metadata_updated_at','11',1,1795634319,1);
INSERT INTO "search_words" VALUES('last_updated.metadata_updated_at','18',1,1795634319,1);
INSERT INTO "search_words" VALUES('last_updated.metadata_updated_at','2026',1,1795634319,1);
INSERT INTO "search_words" VALUES('last_updated.metadata_updated_at','25t19',1,1795634319,1);
INSERT INTO "search_words" VALUES('last_updated.metadata_updated_at','39z',1,1795634319,1);
INSERT INTO "search_words" VALUES('last_updated.tags_updated_at','11',1,1795634319,1);
INSERT INTO "search_words" VALUES('last_updated.tags_updated_at','18',1,1795634319,1);
INSERT INTO "search_words" VALUES('last_updated.tags_updated_at','2026',1,1795634319,1);
INSERT INTO "search_words" VALUES('last_updated.tags_updated_at','25t19',1,1795634319,1);
INSERT INTO "search_words" VALUES('last_updated.tags_updated_at','39z',1,1795634319,1);
INSERT INTO "search_words" VALUES('last_updated.updated_at','11',1,1795634319,1);
INSERT INTO "search_words" VALUES('last_updated.updated_at','18',1,1795634319,1);
INSERT INTO "search_words" VALUES('last_updated.updated_at','2026',1,1795634319,1);
INSERT INTO "search_words" VALUES('last_updated.updated_at','25t19',1,1795634319,1);
INSERT INTO "search_words" VALUES('last_updated.updated_at','39z',1,1795634319,1);
INSERT INTO "search_words" VALUES('metadata','1',1,1795634319,1);
INSERT INTO "search_words" VALUES('metadata.sku','1',1,1795634319,1);
INSERT INTO "search_words" VALUES('tags','primary',1,1795634319,1);
INSERT INTO "search_words" VALUES('tags','warm',1,1795634319,1);
INSERT INTO "search_words" VALUES('','blue',1,1795634319,2);
INSERT INTO "search_words" VALUES('','cold',1,1795634319,2);
INSERT INTO "search_words" VALUES('display_name','blue',1,1795634319,2);
INSERT INTO "search_words" VALUES('filename','blue',1,1795634319,2);
INSERT INTO "search_words" VALUES('last_updated.tags_updated_at','11',1,1795634319,2);
INSERT INTO "search_words" VALUES('last_updated.tags_updated_at','18',1,1795634319,2);
INSERT INTO "search_words" VALUES('last_updated.tags_updated_at','2026',1,1795634319,2);
INSERT INTO "search_words" VALUES('last_updated.tags_updated_at','25t19',1,1795634319,2);
INSERT INTO "search_words" VALUES('last_updated.tags_updated_at','39z',1,1795634319,2);
INSERT INTO "search_words" VALUES('last_updated.updated_at','11',1,1795634319,2);
INSERT INTO "search_words" VALUES('last_updated.updated_at','18',1,1795634319,2);
INSERT INTO "search_words" VALUES('last_updated.updated_at','2026',1,1795634319,2);
INSERT INTO "search_words" VALUES('last_updated.updated_at','25t19',1,1795634319,2);
INSERT INTO "search_words" VALUES('last_updated.updated_at','39z',1,1795634319,2);
INSERT INTO "search_words" VALUES('tags','cold',1,1795634319,2);
CREATE TABLE streaming_profiles (
    name TEXT PRIMARY KEY, display_name TEXT NOT NULL, external_id TEXT NOT NULL, representations TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE transformations (
    name TEXT PRIMARY KEY, definition TEXT NOT NULL, named INTEGER NOT NULL, allowed_for_strict INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO "transformations" VALUES('tiny','c_scale,w_1',1,0);
CREATE TABLE upload_mappings (
    folder TEXT PRIMARY KEY, template TEXT NOT NULL, external_id TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX assets_by_type ON assets (resource_type, type, created_at, seq);
CREATE INDEX assets_by_resource_type ON assets (resource_type, created_at, seq);
CREATE INDEX assets_by_created ON assets (created_at, seq);
CREATE INDEX assets_by_folder ON assets (asset_folder, created_at, seq);
CREATE INDEX asset_tags_by_asset ON asset_tags (seq);
CREATE INDEX asset_context_by_asset ON asset_context (seq);
CREATE INDEX asset_moderations_by_asset ON asset_moderations (seq);
CREATE INDEX derived_by_transformation ON derived (transformation);
CREATE TRIGGER index_new_tags AFTER INSERT ON assets BEGIN INSERT OR IGNORE INTO asset_tags SELECT value, new.seq FROM json_each(new.tags); END;
CREATE TRIGGER index_changed_tags AFTER UPDATE OF tags ON assets WHEN old.tags <> new.tags
BEGIN DELETE FROM asset_tags WHERE seq = new.seq; INSERT OR IGNORE INTO asset_tags SELECT value, new.seq FROM json_each(new.tags); END;
CREATE TRIGGER index_new_context AFTER INSERT ON assets BEGIN INSERT OR IGNORE INTO asset_context SELECT key, value, new.seq FROM json_each(new.context); END;
CREATE TRIGGER index_changed_context AFTER UPDATE OF context ON assets WHEN old.context <> new.context
BEGIN DELETE FROM asset_context WHERE seq = new.seq; INSERT OR IGNORE INTO asset_context SELECT key, value, new.seq FROM json_each(new.context); END;
CREATE TRIGGER index_new_moderation AFTER INSERT ON assets BEGIN INSERT OR IGNORE INTO asset_moderations
        SELECT json_extract(value, '$.kind'), json_extract(value, '$.status'), new.seq
        FROM json_each(new.moderation); END;
CREATE TRIGGER index_changed_moderation AFTER UPDATE OF moderation ON assets WHEN old.moderation <> new.moderation
BEGIN DELETE FROM asset_moderations WHERE seq = new.seq; INSERT OR IGNORE INTO asset_moderations
        SELECT json_extract(value, '$.kind'), json_extract(value, '$.status'), new.seq
        FROM json_each(new.moderation); END;
CREATE INDEX search_queue_by_age ON search_queue (changed_at);
CREATE INDEX search_by_created ON search_documents (active, created_at, seq);
CREATE INDEX search_by_uploaded ON search_documents (active, uploaded_at, seq);
CREATE INDEX search_by_resource_type ON search_documents (active, resource_type, created_at, seq);
CREATE INDEX search_by_type ON search_documents (active, type, created_at, seq);
CREATE INDEX search_by_format ON search_documents (active, format, created_at, seq);
CREATE INDEX search_by_folder ON search_documents (active, folder, created_at, seq);
CREATE INDEX search_by_asset_folder ON search_documents (active, asset_folder, created_at, seq);
CREATE INDEX search_by_public_id ON search_documents (active, public_id, seq);
CREATE INDEX search_by_asset_id ON search_documents (asset_id);
CREATE INDEX search_values_by_asset ON search_values (seq, field);
CREATE INDEX search_words_by_asset ON search_words (seq, field, word);
CREATE TRIGGER search_new AFTER INSERT ON assets BEGIN
    REPLACE INTO search_queue VALUES (new.seq, (julianday('now') - 2440587.5) * 86400);
END;
CREATE TRIGGER search_changed AFTER UPDATE ON assets BEGIN
    REPLACE INTO search_queue VALUES (new.seq, (julianday('now') - 2440587.5) * 86400);
END;
CREATE TRIGGER search_gone AFTER DELETE ON assets BEGIN
    REPLACE INTO search_queue VALUES (old.seq, (julianday('now') - 2440587.5) * 86400);
END;
CREATE INDEX notification_messages_by_channel ON notification_messages (channel, hidden_until);
CREATE INDEX notification_messages_by_batch
    ON notification_messages (batch_id, hidden_until) WHERE channel IS NULL;
CREATE INDEX notification_messages_by_age ON notification_messages (created_at);
CREATE INDEX relations_by_related ON relations (related);
COMMIT;
