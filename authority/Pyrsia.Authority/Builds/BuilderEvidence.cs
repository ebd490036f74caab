using System.Text.Json;
using System.Text.Json.Serialization;
using Pyrsia.Authority.Storage;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Ledger;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Authority.Builds;

/// <summary>
/// Keeps the proof that a builder said two things about one request: a second plan, a second commitment, or a result other than the one it had committed to. The log
/// takes only the first; the second is signed, so with the log it convicts by itself.
/// </summary>
/// <param name="documents">One document a builder, request and kind.</param>
/// <param name="genesis">The builders.</param>
/// <param name="readLeaf">Gives the logged leaf at an index; null while it is not stored yet.</param>
internal sealed class BuilderEvidence(IDocumentStorage documents, GenesisDocument genesis, Func<long, ReadOnlyMemory<byte>?> readLeaf)
{
    /// <summary>Looks at an entry that the ledger does not take.</summary>
    /// <param name="refused">The entry, its signature verified.</param>
    /// <param name="fault">Why it is not taken.</param>
    /// <param name="ledger">The state that refuses it.</param>
    internal void Consider(SignedEntry refused, EntryFault fault, LedgerState ledger)
    {
        if (fault is not (EntryFault.Duplicate or EntryFault.CommitmentMismatch) || refused.Body is not BuilderEntry body || !ledger.Open.TryGetValue(body.Request, out var request)) return;
        if (request.Builders.FirstOrDefault(i => genesis.Builders[i].Name == body.Builder, -1) is not (>= 0 and var builder)) return;
        long? logged = body switch
        {
            BuildPlan plan when request.Plans.TryGetValue(builder, out var first) && first.Content != plan.Content => first.Index,
            Commitment commitment when request.Commitments.TryGetValue(builder, out var first) && first.Value != commitment.Value => first.Index,
            _ when fault == EntryFault.CommitmentMismatch && request.Commitments.TryGetValue(builder, out var first) => first.Index,
            _ => null,
        };
        if (logged is { } index && readLeaf(index) is { } leaf) Keep(body, refused, index, leaf);
    }

    private void Keep(BuilderEntry body, SignedEntry refused, long index, ReadOnlyMemory<byte> leaf)
    {
        var record = new BuilderEvidenceRecord(genesis.ChainId.ToString(), body.Builder, body.Request.ToString(), index, leaf.ToArray(), refused.Leaf.ToArray(), refused.IsPayloadInline ? null : refused.Payload.ToArray());
        documents.Change($"builder-{body.Builder}-{body.Request}-{body.Type.ToWord()}", null, JsonSerializer.SerializeToUtf8Bytes(record, BuilderEvidenceJsonContext.Default.BuilderEvidenceRecord));
    }
}

/// <summary>Two entries of one builder that clash.</summary>
internal sealed record BuilderEvidenceRecord(
    [property: JsonPropertyName("chainId")] string ChainId,
    [property: JsonPropertyName("builder")] string Builder,
    [property: JsonPropertyName("request")] string Request,
    [property: JsonPropertyName("loggedIndex")] long LoggedIndex,
    [property: JsonPropertyName("logged")] byte[] Logged,
    [property: JsonPropertyName("refused")] byte[] Refused,
    [property: JsonPropertyName("refusedPayload")] byte[]? RefusedPayload);

[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(BuilderEvidenceRecord))]
internal sealed partial class BuilderEvidenceJsonContext : JsonSerializerContext;
