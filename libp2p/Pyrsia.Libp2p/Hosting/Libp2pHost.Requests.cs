namespace Pyrsia.Libp2p;

public sealed partial class Libp2pHost
{
    /// <summary>Serves one question and one answer a stream, each with a uvarint length before it.</summary>
    public void HandleRequests(
        string protocol, RequestLimits limits, Func<PeerId, ReadOnlyMemory<byte>, CancellationToken, Task<ReadOnlyMemory<byte>>> handler)
    {
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentNullException.ThrowIfNull(handler);
        limits.Validate();
        Handle(protocol, (stream, ct) => AnswerAsync(stream, limits, handler, ct), limits.Streams);
    }

    /// <summary>Asks a peer, dialing it when it is not connected. Proposal and question travel in one packet.</summary>
    /// <exception cref="TimeoutException">No answer within <see cref="RequestOptions.Timeout"/>.</exception>
    /// <exception cref="Libp2pException">The peer left, is suspected, does not serve the protocol or answers too much.</exception>
    public async Task<byte[]> RequestAsync(
        PeerId peer, string protocol, ReadOnlyMemory<byte> request, RequestOptions? requestOptions = null, CancellationToken cancellationToken = default)
    {
        var limits = requestOptions ?? new RequestOptions();
        using var deadline = new Deadline(limits.Timeout, time, cancellationToken);
        var suspected = CancellationToken.None;
        try
        {
            var connection = await ConnectionToAsync(peer, Reach.Unlimited, deadline.Token).ConfigureAwait(false);
            suspected = limits.FailWhenSuspected ? connection.Suspected : CancellationToken.None;
            using var until = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, suspected);
            return await AskAsync(connection, protocol, request, limits, until.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            if (suspected.IsCancellationRequested) throw new ConnectionClosedException($"{peer} went silent while it was asked.");
            throw new TimeoutException($"{peer} did not answer on {protocol} in {limits.Timeout}.");
        }
    }

    private async Task<byte[]> AskAsync(
        PeerConnection connection, string protocol, ReadOnlyMemory<byte> request, RequestOptions limits, CancellationToken cancellationToken)
    {
        await using var stream = await ProposeAsync(connection, protocol, cancellationToken).ConfigureAwait(false);
        try
        {
            await stream.WriteMessageAsync(request, cancellationToken).ConfigureAwait(false);
            stream.CompleteWrite();
            return await stream.ReadMessageAsync(limits.MaxResponseBytes, cancellationToken).ConfigureAwait(false)
                ?? throw new PeerProtocolException($"{connection.Peer} ended the stream without an answer.");
        }
        catch (EndOfStreamException e)
        {
            throw new PeerProtocolException($"{connection.Peer} cut its answer short.", e);
        }
        catch
        {
            stream.Reset();
            throw;
        }
    }

    private async Task AnswerAsync(
        Libp2pStream stream, RequestLimits limits, Func<PeerId, ReadOnlyMemory<byte>, CancellationToken, Task<ReadOnlyMemory<byte>>> handler,
        CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(limits.Timeout, time, cancellationToken);
        var request = await stream.ReadMessageAsync(limits.MaxRequestBytes, deadline.Token).ConfigureAwait(false);
        if (request is null) return;
        var response = await handler(stream.RemotePeer, request, deadline.Token).ConfigureAwait(false);
        if (response.Length > limits.MaxResponseBytes)
            throw new InvalidOperationException($"The handler of {stream.Protocol} answered {response.Length} bytes; {limits.MaxResponseBytes} are allowed.");
        await stream.WriteMessageAsync(response, deadline.Token).ConfigureAwait(false);
        await stream.CloseWriteAsync(deadline.Token).ConfigureAwait(false);
    }
}
