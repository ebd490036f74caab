using System.Collections.Concurrent;
using Pyrsia.Authority.Storage;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Authority.Builds;

/// <summary>
/// What this builder has signed for open requests. Kept before anything is sent, so that a restart sends the same bytes again: a second signature would be a second
/// statement. Of two running copies of an authority both send what the first has kept.
/// </summary>
internal sealed class SignedWorks(IDocumentStorage documents)
{
    private readonly ConcurrentDictionary<RequestId, byte[]> _known = new();

    /// <summary>What was signed for a request.</summary>
    /// <exception cref="IOException">The storage does not answer.</exception>
    internal SignedWork Of(RequestId request)
    {
        if (_known.TryGetValue(request, out var kept)) return SignedWork.Parse(kept);
        return documents.Read(request.ToString()) is { } stored ? SignedWork.Parse(_known[request] = stored) : SignedWork.Nothing;
    }

    /// <summary>Keeps what is signed now, unless another copy was first.</summary>
    /// <returns>What is to be sent.</returns>
    internal SignedWork Keep(RequestId request, SignedWork signed)
    {
        var before = _known.GetValueOrDefault(request);
        return SignedWork.Parse(_known[request] = documents.Change(request.ToString(), before, signed.ToBytes()));
    }

    /// <summary>Forgets a request that has its verdict.</summary>
    internal void Forget(RequestId request)
    {
        _known.TryRemove(request, out _);
        documents.Remove(request.ToString());
    }
}
