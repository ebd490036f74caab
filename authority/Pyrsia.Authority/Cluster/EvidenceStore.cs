using System.Text.Json;
using System.Text.Json.Serialization;
using Pyrsia.Authority.Storage;
using Pyrsia.Consensus;

namespace Pyrsia.Authority.Cluster;

/// <summary>Keeps the proof that an authority signed two contents in one slot, one document each; anybody can verify it with the chain id and the vote key.</summary>
internal sealed class EvidenceStore(IDocumentStorage documents, Hash256 chainId)
{
    internal void Keep(Evidence evidence)
    {
        var record = new EvidenceRecord(chainId.ToString(), evidence.First.Signer, Describe(evidence.First), Describe(evidence.Second));
        documents.Change(
            $"authority-{record.Authority}-epoch-{record.First.Epoch}-view-{record.First.View}-{record.First.Kind}-{record.Second.Kind}", null,
            JsonSerializer.SerializeToUtf8Bytes(record, EvidenceJsonContext.Default.EvidenceRecord));
    }

    private static VoteRecord Describe(Vote vote)
    {
        var signature = new byte[VoteSignature.Size];
        vote.Signature.CopyTo(signature);
        return new VoteRecord(vote.Kind.ToString().ToLowerInvariant(), vote.Epoch.Number, vote.View.Number, vote.Block.ToString(), signature);
    }
}

/// <summary>Two votes of one authority that clash.</summary>
internal sealed record EvidenceRecord(
    [property: JsonPropertyName("chainId")] string ChainId,
    [property: JsonPropertyName("authority")] int Authority,
    [property: JsonPropertyName("first")] VoteRecord First,
    [property: JsonPropertyName("second")] VoteRecord Second);

/// <summary>One vote with everything that its signature covers.</summary>
internal sealed record VoteRecord(
    [property: JsonPropertyName("kind")] string Kind,
    [property: JsonPropertyName("epoch")] ulong Epoch,
    [property: JsonPropertyName("view")] ulong View,
    [property: JsonPropertyName("block")] string Block,
    [property: JsonPropertyName("signature")] byte[] Signature);

[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(EvidenceRecord))]
internal sealed partial class EvidenceJsonContext : JsonSerializerContext;
