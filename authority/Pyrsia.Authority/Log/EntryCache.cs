using System.Diagnostics.CodeAnalysis;
using System.Text;
using Pyrsia.Consensus;
using Pyrsia.Contracts;
using Pyrsia.Node.Log;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Ledger;

namespace Pyrsia.Authority.Log;

/// <summary>Entries that were parsed and whose signature was verified, so that neither is done again for every block that offers them. Used by one thread.</summary>
internal sealed class EntryCache(Func<Digest, byte[]?> payloads)
{
    /// <summary>Entries kept: several times what the consensus pool holds, so that few are parsed twice.</summary>
    private const int Capacity = 4 * ConsensusLimits.MaxPoolEntries;

    private readonly Dictionary<Hash256, SignedEntry> _byId = [];
    private readonly Queue<Hash256> _order = [];

    /// <summary>Parses an entry and verifies its signature.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="parsed">The entry with its payload.</param>
    /// <param name="missing">The payload that is wanted first; null when nothing is, and the entry is simply wrong.</param>
    internal bool TryParse(Entry entry, [NotNullWhen(true)] out SignedEntry? parsed, out Digest? missing)
    {
        missing = null;
        if (_byId.TryGetValue(entry.Id, out parsed)) return true;
        if (!TryRead(entry, out parsed, out missing)) return false;
        if (LedgerState.CheckSigned(parsed) != EntryFault.None)
        {
            parsed = null;
            return false;
        }
        Keep(entry.Id, parsed);
        return true;
    }

    /// <summary>Parses an entry of a block that is final: its signature was verified before it was agreed on. Nothing is kept, and any thread may ask.</summary>
    internal bool TryRead(Entry entry, [NotNullWhen(true)] out SignedEntry? parsed, out Digest? missing)
    {
        parsed = EntryReader.Read(entry.Bytes, payloads) as SignedEntry;
        missing = parsed is null ? null : EntryReader.MissingPayload(parsed);
        if (missing is not null) parsed = null;
        return parsed is not null;
    }

    /// <summary>Forgets entries that nobody will ask for soon.</summary>
    internal void Forget(IEnumerable<Hash256> entries)
    {
        foreach (var id in entries) _byId.Remove(id);
    }

    /// <summary>What duplicates are recognised by: type, request, attempt and builder, never the bytes, since P-256 signatures are randomised.</summary>
    internal static Hash256 KeyOf(SignedEntry entry)
    {
        var (request, attempt, builder) = entry.Body is BuilderEntry body ? (body.Request, body.Attempt, body.Builder) : (new RequestId(entry.PayloadDigest), 0, "");
        return Hash256.Of(Encoding.UTF8.GetBytes($"{entry.Type.ToWord()}\n{request}\n{attempt}\n{builder}"));
    }

    private void Keep(Hash256 id, SignedEntry entry)
    {
        if (_order.Count >= Capacity) _byId.Remove(_order.Dequeue());
        _byId[id] = entry;
        _order.Enqueue(id);
    }
}
