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
        // What is kept while the storage takes its time to answer is newer than the answer.
        return documents.Read(request.ToString()) is { } stored ? SignedWork.Parse(_known.GetOrAdd(request, stored)) : SignedWork.Nothing;
    }

    /// <summary>Keeps what is signed now, unless something was kept since the work on it began: by another copy, or by other work of this one.</summary>
    /// <param name="request">The request.</param>
    /// <param name="began">What was signed when the work began, as <see cref="Of"/> gave it.</param>
    /// <param name="signed">What is signed now, with all of before that still holds.</param>
    /// <returns>What is to be sent.</returns>
    internal SignedWork Keep(RequestId request, SignedWork began, SignedWork signed) =>
        SignedWork.Parse(_known[request] = documents.Change(request.ToString(), began.Kept, signed.ToBytes()));

    /// <summary>Forgets a request that has its verdict.</summary>
    internal void Forget(RequestId request)
    {
        _known.TryRemove(request, out _);
        documents.Remove(request.ToString());
    }
}
