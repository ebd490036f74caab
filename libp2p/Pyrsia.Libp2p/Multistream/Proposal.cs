using System.Runtime.ExceptionServices;

namespace Pyrsia.Libp2p;

/// <summary>A protocol that was proposed on a stream together with its first bytes, and whose answer is still to be read. One reader at a time; who writes may ask whether it failed.
/// https://github.com/multiformats/multistream-select</summary>
/// <param name="stream">The stream.</param>
/// <param name="protocol">The protocol.</param>
/// <param name="patience">How long the answer may take once it is waited for.</param>
/// <param name="time">The clock.</param>
internal sealed class Proposal(IMuxedStream stream, string protocol, TimeSpan patience, TimeProvider time)
{
    private bool greeted;
    private volatile ExceptionDispatchInfo? failure;

    /// <summary>Writes the proposal, which leaves with what is written next or when an answer is waited for.</summary>
    public void Hold() => stream.Hold(MultistreamSelect.Opening(protocol));

    /// <summary>Reads the answer. When that fails the stream is reset, and every further call fails in the same way; one that the caller gave up goes on where it was.</summary>
    /// <exception cref="ProtocolNotSupportedException">The peer does not serve the protocol.</exception>
    /// <exception cref="TimeoutException">There was no answer in time.</exception>
    public async ValueTask ConfirmAsync(CancellationToken cancellationToken)
    {
        ThrowIfFailed();
        using var deadline = new Deadline(patience, time, cancellationToken);
        try
        {
            if (!greeted) await MultistreamSelect.ExpectHeaderAsync(stream, deadline.Token).ConfigureAwait(false);
            greeted = true;
            await MultistreamSelect.ExpectAcceptedAsync(stream, protocol, deadline.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException || deadline.Passed)
        {
            failure = ExceptionDispatchInfo.Capture(e is OperationCanceledException ? new TimeoutException($"The peer did not agree on {protocol} in {patience}.") : e);
            stream.Reset();
            if (e is OperationCanceledException) failure.Throw();
            throw;
        }
    }

    /// <summary>Fails as <see cref="ConfirmAsync"/> did, if it did.</summary>
    public void ThrowIfFailed() => failure?.Throw();
}
