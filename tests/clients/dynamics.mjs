// DynamicsWebApi does its daily work on the sandbox. Prints one JSON document: by check, "ok" or what went wrong.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const { URL_OF_SANDBOX: serverUrl, TOKEN: token, MODULES: modules } = process.env;
const { DynamicsWebApi } = createRequire(modules)("dynamics-web-api");

const FABRIKAM = "a0000000-0000-0000-0000-000000000001";
const CONTOSO = "a0000000-0000-0000-0000-000000000002";
const ANN = "c0000000-0000-0000-0000-000000000001";
const ABSENT = "c0000000-0000-0000-0000-0000000000ff";

const api = new DynamicsWebApi({ serverUrl, dataApi: { version: "9.2" }, onTokenRefresh: async () => token });

const collection = "contacts";

async function withContact(data, use) {
  const key = await api.create({ collection, data });
  try {
    return await use(key);
  } finally {
    await api.deleteRecord({ collection, key }).catch(() => undefined);
  }
}

async function withSeveral(use) {
  const names = [...Array(7).keys()].map((number) => `Several ${number}`);
  const ids = [];
  for (const lastname of names) ids.push(await api.create({ collection, data: { lastname } }));
  try {
    return await use(names, ids);
  } finally {
    for (const key of ids) await api.deleteRecord({ collection, key });
  }
}

async function refused(promise) {
  try {
    await promise;
  } catch (error) {
    return [error.status, error.code];
  }
  assert.fail("it was not refused");
}

const checks = {
  "who am I": async () => {
    const found = await api.callFunction("WhoAmI");
    assert.match(found.OrganizationId, /^[0-9a-f-]{36}$/);
  },

  "create, retrieve, update, delete": () =>
    withContact({ lastname: "Ångström", "parentcustomerid_account@odata.bind": `accounts(${FABRIKAM})` }, async (key) => {
      const row = await api.retrieve({ collection, key, select: ["lastname"], expand: [{ property: "parentcustomerid_account", select: ["name"] }] });
      assert.equal(row.lastname, "Ångström");
      assert.equal(row.parentcustomerid_account.name, "Fabrikam");
      await api.update({ collection, key, data: { lastname: "Berg" } });
      assert.equal((await api.retrieve({ collection, key, select: ["lastname"] })).lastname, "Berg");
      await api.deleteRecord({ collection, key });
      assert.deepEqual(await refused(api.retrieve({ collection, key })), [404, "0x80040217"]);
    }),

  "create and update with the row in the answer": async () => {
    const made = await api.create({ collection, data: { lastname: "Zoë" }, returnRepresentation: true, select: ["lastname"] });
    assert.equal(made.lastname, "Zoë");
    const key = made.contactid;
    const changed = await api.update({ collection, key, data: { firstname: "Z" }, returnRepresentation: true, select: ["firstname"] });
    assert.equal(changed.firstname, "Z");
    await api.deleteRecord({ collection, key });
  },

  "update of an absent row": async () => {
    // The client turns a failed precondition into false and lets other refusals through.
    assert.deepEqual(await refused(api.update({ collection, key: ABSENT, data: { lastname: "Nobody" } })), [404, "0x80040217"]);
  },

  "update of one property": () =>
    withContact({ lastname: "One" }, async (key) => {
      await api.updateSingleProperty({ collection, key, fieldValuePair: { firstname: "Single" } });
      assert.equal((await api.retrieve({ collection, key, select: ["firstname"] })).firstname, "Single");
      await api.deleteRecord({ collection, key, property: "firstname" });
      assert.equal((await api.retrieve({ collection, key, select: ["firstname"] })).firstname, null);
    }),

  "stale versions": () =>
    withContact({ lastname: "Old" }, async (key) => {
      const { "@odata.etag": etag } = await api.retrieve({ collection, key, select: ["lastname"] });
      assert.notEqual(await api.update({ collection, key, data: { lastname: "New" }, ifmatch: etag }), false);
      assert.equal(await api.update({ collection, key, data: { lastname: "Late" }, ifmatch: etag }), false);
    }),

  "upsert by id and by alternate key": async () => {
    const key = "c0000000-0000-0000-0000-00000000abcd";
    await api.upsert({ collection, key, data: { lastname: "Upsert" } });
    assert.equal(await api.upsert({ collection, key, data: { lastname: "Again" }, ifnonematch: "*" }), null);
    await api.deleteRecord({ collection, key });
    assert.equal(await api.upsert({ collection, key, data: { lastname: "Never" }, ifmatch: "*" }), null);
    await api.upsert({ collection, key: "new_code='Y-1'", data: { lastname: "Keyed" } });
    const row = await api.retrieve({ collection, key: "new_code='Y-1'", select: ["lastname"] });
    assert.equal(row.lastname, "Keyed");
    await api.deleteRecord({ collection, key: row.contactid });
  },

  "pages": () =>
    withSeveral(async (names) => {
      const request = { collection, select: ["lastname"], filter: "startswith(lastname,'Several')", orderBy: ["lastname"] };
      const first = await api.retrieveMultiple({ ...request, maxPageSize: 3 });
      assert.equal(first.value.length, 3);
      const second = await api.retrieveMultiple({ ...request, maxPageSize: 3 }, first.oDataNextLink);
      assert.deepEqual(second.value.map((row) => row.lastname), names.slice(3, 6));
      const all = await api.retrieveAll({ ...request, maxPageSize: 2 });
      assert.deepEqual(all.value.map((row) => row.lastname), names);
      assert.equal(await api.count({ collection, filter: "startswith(lastname,'Several')" }), 7);
      assert.equal((await api.retrieveMultiple({ ...request, count: true, top: 1 })).oDataCount, 7);
    }),

  "a long query goes as a batch": async () => {
    const ids = [...Array(60).keys()].map((number) => `contactid eq ${ABSENT.slice(0, -2)}${String(number).padStart(2, "0")}`);
    const found = await api.retrieveMultiple({ collection, select: ["lastname"], filter: ids.join(" or ") });
    assert.deepEqual(found.value.map((row) => row.lastname).sort(), ["Berg", "O'Neil"]);
  },

  "annotations": async () => {
    const row = await api.retrieve({ collection, key: ANN, select: ["new_tier", "_parentcustomerid_value"], includeAnnotations: "*" });
    assert.equal(row["new_tier@OData.Community.Display.V1.FormattedValue"], "Gold");
    assert.equal(row["_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"], "account");
  },

  "aggregates": async () => {
    const found = await api.retrieveMultiple({ collection: "accounts", apply: "groupby((name),aggregate($count as number))" });
    assert.deepEqual(found.value.map((row) => [row.name, row.number]).sort(), [["Contoso", 1], ["Fabrikam", 1]]);
  },

  "fetch": () =>
    withSeveral(async (names) => {
      const fetchXml = `<fetch count="3"><entity name="contact"><attribute name="lastname"/><filter>
        <condition attribute="lastname" operator="like" value="Several%"/></filter><order attribute="lastname"/></entity></fetch>`;
      const first = await api.fetch({ collection, fetchXml, includeAnnotations: "*" });
      assert.equal(first.PagingInfo.nextPage, 2);
      const all = await api.fetchAll({ collection, fetchXml, includeAnnotations: "*" });
      assert.deepEqual(all.value.map((row) => row.lastname), names);
    }),

  "associate": () =>
    withContact({ lastname: "Link" }, async (key) => {
      const parent = async () => (await api.retrieve({ collection, key, select: ["_parentcustomerid_value"] }))._parentcustomerid_value;
      await api.associateSingleValued({ collection, primaryKey: key, navigationProperty: "parentcustomerid_account", relatedCollection: "accounts", relatedKey: CONTOSO });
      assert.equal(await parent(), CONTOSO);
      await api.disassociateSingleValued({ collection, primaryKey: key, navigationProperty: "parentcustomerid_account" });
      assert.equal(await parent(), null);
      const link = { collection: "accounts", primaryKey: FABRIKAM, relationshipName: "contact_customer_accounts", relatedKey: key };
      await api.associate({ ...link, relatedCollection: collection });
      assert.equal(await parent(), FABRIKAM);
      await api.disassociate(link);
      assert.equal(await parent(), null);
    }),

  "a batch": async () => {
    api.startBatch();
    api.create({ collection, data: { lastname: "Batch" }, contentId: "1" });
    api.retrieveMultiple({ collection, select: ["lastname"], filter: `contactid eq ${ANN}` });
    const [key, found] = await api.executeBatch();
    assert.equal(found.value[0].lastname, "O'Neil");
    assert.equal((await api.retrieve({ collection, key, select: ["lastname"] })).lastname, "Batch");
    await api.deleteRecord({ collection, key });
  },

  "a change set that fails as a whole": async () => {
    const key = "c0000000-0000-0000-0000-00000000beef";
    api.startBatch();
    api.upsert({ collection, key, data: { lastname: "Half" } });
    api.update({ collection, key: ABSENT, data: { lastname: "Nobody" } });
    const problems = await api.executeBatch().then(() => [], (errors) => [errors].flat());
    assert.deepEqual(problems.map((problem) => problem.error.code), ["0x80040217"]);
    assert.deepEqual(await refused(api.retrieve({ collection, key })), [404, "0x80040217"]);
  },

  "bulk messages": async () => {
    const type = "Microsoft.Dynamics.CRM.contact";
    const Targets = ["Many 1", "Many 2"].map((lastname) => ({ "@odata.type": type, lastname }));
    const { Ids } = await api.callAction({ collection, actionName: "Microsoft.Dynamics.CRM.CreateMultiple", action: { Targets } });
    assert.equal(Ids.length, 2);
    const changes = Ids.map((contactid) => ({ "@odata.type": type, contactid, firstname: "M" }));
    await api.callAction({ collection, actionName: "Microsoft.Dynamics.CRM.UpdateMultiple", action: { Targets: changes } });
    for (const key of Ids) {
      assert.equal((await api.retrieve({ collection, key, select: ["firstname"] })).firstname, "M");
      await api.deleteRecord({ collection, key });
    }
  },

  "totals": async () => {
    const found = await api.callFunction({ functionName: "RetrieveTotalRecordCount", parameters: { EntityNames: ["account"] } });
    assert.deepEqual(found.EntityRecordCountCollection, { Count: 1, IsReadOnly: false, Keys: ["account"], Values: [2] });
  },

  "metadata": async () => {
    const entity = await api.retrieveEntity({ key: "LogicalName='contact'", select: ["LogicalName", "EntitySetName"] });
    assert.equal(entity.EntitySetName, "contacts");
    const entities = await api.retrieveEntities({ select: ["LogicalName"], filter: "LogicalName eq 'account'" });
    assert.equal(entities.value.length, 1);
    const choice = await api.retrieveAttribute({
      entityKey: entity.MetadataId,
      attributeKey: "LogicalName='new_tier'",
      castType: "Microsoft.Dynamics.CRM.PicklistAttributeMetadata",
      expand: [{ property: "OptionSet" }],
    });
    assert.deepEqual(choice.OptionSet.Options.map((option) => [option.Value, option.Label.UserLocalizedLabel.Label]), [[1, "Gold"], [2, "Silver"]]);
    const relationship = await api.retrieveRelationship({ key: "SchemaName='contact_customer_accounts'", castType: "Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata" });
    assert.equal(relationship.ReferencingAttribute, "parentcustomerid");
    assert.match(await api.retrieveCsdlMetadata(), /<EntityType Name="contact"/);
  },

  "refusals": async () => {
    assert.deepEqual(await refused(api.retrieveMultiple({ collection, filter: "nosuch eq 1" })), [400, "0x80060888"]);
    assert.deepEqual(await refused(api.create({ collection, data: { nosuch: 1 } })), [400, "0x80048d19"]);
    const wrong = new DynamicsWebApi({ serverUrl, dataApi: { version: "9.2" }, onTokenRefresh: async () => "wrong" });
    assert.equal((await refused(wrong.retrieve({ collection, key: ANN })))[0], 401);
  },
};

const results = {};
for (const [name, check] of Object.entries(checks)) {
  results[name] = await Promise.resolve()
    .then(check)
    .then(() => "ok", (error) => String(error?.stack ?? JSON.stringify(error)));
}
console.log(JSON.stringify(results));
