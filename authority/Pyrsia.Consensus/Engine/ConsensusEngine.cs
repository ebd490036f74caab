using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Pyrsia.Consensus;

/// <summary>
/// Drives one <see cref="ConsensusState"/>: a single loop takes messages, timers and entries, writes and syncs the journal once a turn, and
/// only then sends, answers and commits. All protocol is in the state; nothing here decides anything.
/// </summary>
public sealed partial class ConsensusEngine : IAsyncDisposable
{
    /// <summary>Events of one turn, which share a sync: enough to batch votes of a full set, few enough to keep answers quick.</summary>
    private const int MaxEventsPerTurn = 128;

    private readonly ConsensusEngineOptions _options;
    private readonly IConsensusTransport _transport;
    private readonly ICommitSink _sink;
    private readonly IBlockApplication _application;
    private readonly ConsensusJournal _journal;
    private readonly FinalizedStore _store;
    private readonly TimeProvider _time;
    private readonly ISigner? _signer;
    private readonly IVerifier _verifier;
    private readonly MessageCodec _codec;
    private readonly Channel<(ConsensusEvent Event, int Bytes, int From)> _events =
        Channel.CreateUnbounded<(ConsensusEvent Event, int Bytes, int From)>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ConcurrentDictionary<long, TaskCompletionSource<SubmitResult>> _submissions = new();
    private readonly ITimer?[] _timers = new ITimer?[Enum.GetValues<TimerKind>().Length];
    private readonly int[] _queuedMessages;
    private readonly int[] _queuedBytes;
    private readonly int _participants;
    private volatile ConsensusStatus _status;
    private string? _notVotingBecause;
    private Exception? _closed;
    private EpochEnd? _end;
    private IApplicationState? _committed;
    private ConsensusState? _state;
    private long _nextToken;
    private int _ran;

    /// <param name="options">The place and limits.</param>
    /// <param name="signer">The vote key; null to follow only.</param>
    /// <param name="verifier">The keys of the set.</param>
    /// <param name="application">What blocks mean.</param>
    /// <param name="journal">This epoch's journal; the caller disposes it after the engine.</param>
    /// <param name="store">The finalized blocks; the caller disposes it after the engine.</param>
    /// <param name="transport">The way to the others.</param>
    /// <param name="sink">Where final blocks go.</param>
    /// <param name="time">The clock and its timers.</param>
    public ConsensusEngine(
        ConsensusEngineOptions options,
        ISigner? signer,
        IVerifier verifier,
        IBlockApplication application,
        ConsensusJournal journal,
        FinalizedStore store,
        IConsensusTransport transport,
        ICommitSink sink,
        TimeProvider time)
    {
        (_options, _application, _journal, _store) = (options, application, journal, store);
        (_transport, _sink, _time, _verifier) = (transport, sink, time, verifier);
        _notVotingBecause = signer is null ? "no vote key is configured" : journal.RefusalToVote;
        if (_notVotingBecause is null && store.Height < journal.Floor)
        {
            _notVotingBecause = $"the journal says that block {journal.Floor} is final, but the finalized store ends at {store.Height}: it was restored "
                + "from an older copy";
        }
        _signer = _notVotingBecause is null ? signer : null;
        _participants = options.Parameters.Participants;
        _codec = new MessageCodec(_participants);
        _queuedMessages = new int[options.Parameters.Peers];
        _queuedBytes = new int[options.Parameters.Peers];
        _status = new ConsensusStatus(options.Parameters.Epoch, View.Genesis, View.Genesis, store.Height, 0, false, _notVotingBecause);
    }

    /// <summary>Where the engine stands.</summary>
    public ConsensusStatus Status => _status;

    /// <summary>
    /// Takes a message of a participant that the transport has authenticated. False: it is no message of this protocol, and who sent it is to
    /// blame. A message that the queue has no room for is dropped, which is no fault.
    /// </summary>
    public bool Receive(int from, ReadOnlySpan<byte> message)
    {
        if (from < 0 || from >= _queuedMessages.Length || message.Length > ConsensusLimits.MaxWireBytes) return false;
        if (!EpochEnvelope.TryOpen(message, out var epoch, out message)) return false;
        if (Volatile.Read(ref _queuedMessages[from]) >= _options.MaxQueuedMessages
            || Volatile.Read(ref _queuedBytes[from]) > _options.MaxQueuedBytes - message.Length) return true;
        var own = _options.Parameters.Epoch;
        // Of another epoch only two things are of interest: that somebody is in it, and which final blocks a peer that is behind asks for.
        ConsensusEvent? happened = epoch == own ? _codec.Decode(message) is { } decoded ? new MessageEvent(from, decoded) : null
            : epoch.Number > own.Number ? new LaterEpochEvent(from)
            : new EarlierEpochEvent(from, _codec.Decode(message) is GetBlockMessage get ? get.FinalizedHeight : null);
        if (happened is null) return false;
        Interlocked.Increment(ref _queuedMessages[from]);
        Interlocked.Add(ref _queuedBytes[from], message.Length);
        _events.Writer.TryWrite((happened, message.Length, from));
        return true;
    }

    /// <summary>A participant became reachable: tells it where this one stands.</summary>
    public void PeerConnected(int participant) => Post(new PeerConnectedEvent(participant));

    /// <summary>Payloads that <see cref="ICommitSink.FetchPayloads"/> asked for came in.</summary>
    public void PayloadsArrived() => Post(new PayloadsEvent());

    /// <summary>Hands in an entry. The answer comes when it is durable here, which does not wait for a quorum.</summary>
    public async Task<SubmitResult> SubmitAsync(Entry entry, CancellationToken cancellationToken)
    {
        var token = Interlocked.Increment(ref _nextToken);
        var answer = new TaskCompletionSource<SubmitResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        _submissions[token] = answer;
        if (!_events.Writer.TryWrite((new SubmitEvent(token, entry), 0, -1))) Fail(_closed ?? new ObjectDisposedException(nameof(ConsensusEngine)));
        try
        {
            return await answer.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _submissions.TryRemove(token, out _);
        }
    }

    /// <summary>Sends bytes of the host, such as a cosignature, to all other participants' hosts. They may be lost.</summary>
    public void BroadcastHostMessage(ReadOnlyMemory<byte> message) => _transport.Broadcast(EncodeHost(message));

    /// <summary>Sends bytes of the host to one participant's host. They may be lost.</summary>
    public void SendHostMessage(int participant, ReadOnlyMemory<byte> message) => _transport.Send(participant, EncodeHost(message));

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _events.Writer.TryComplete();
        foreach (var timer in _timers) timer?.Dispose();
        Fail(new ObjectDisposedException(nameof(ConsensusEngine)));
        return ValueTask.CompletedTask;
    }

    private byte[] EncodeHost(ReadOnlyMemory<byte> message)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(message.Length, ConsensusLimits.MaxHostMessageBytes);
        return EpochEnvelope.Wrap(_options.Parameters.Epoch, new MessageCodec(_participants).Encode(new HostMessage(message)));
    }

    private void Post(ConsensusEvent happened) => _events.Writer.TryWrite((happened, 0, -1));

    private void Fail(Exception reason)
    {
        foreach (var token in _submissions.Keys)
            if (_submissions.TryRemove(token, out var waiting)) waiting.TrySetException(reason);
    }
}
