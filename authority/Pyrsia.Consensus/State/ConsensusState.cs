namespace Pyrsia.Consensus;

/// <summary>
/// One participant of one epoch of Simplex (Chan and Pass, ePrint 2023/463), as a pure machine: <see cref="Step"/> takes an event and the
/// time and returns what must be done. No clock, no randomness, no IO, no lock inside; the production engine and the simulator run this class.
/// <para>
/// Rules. A view has one leader. Slot 1 of a key in a view takes one notarize vote, slot 2 one nullify or one finalize vote; a key signs at
/// most one content a slot, ever. A view is entered by a certificate of the view before. A leader builds on the highest notarized block below
/// its view for which it holds nullifications of every view between, and sends these with the block. A participant votes for the first valid
/// block of the view's leader, finalizes what is notarized if it did not nullify the view, and nullifies when time runs out. A finalized
/// block commits with its ancestors when it is notarized too and every justification on the way has been verified here.
/// </para>
/// <para>Deviations: nothing is said while nothing is pending; an empty block is made once a heartbeat interval.</para>
/// </summary>
internal sealed partial class ConsensusState
{
    private readonly ConsensusParameters _parameters;
    private readonly ISigner? _signer;
    private readonly IVerifier _verifier;
    private readonly IBlockApplication _application;
    private readonly SimplexRules _rules;
    private readonly List<ConsensusEffect> _effects = [];
    private readonly Dictionary<View, ViewState> _views = [];
    private readonly Dictionary<Hash256, BlockNode> _blocks = [];
    private readonly EntryPool _pool;
    private readonly HeldEntries _held;
    private readonly EpochGenesis _genesis;
    private readonly View[] _lastSigned;
    private readonly int _quorum;
    private BlockNode _tip;
    private FinalizedBlock? _tipBlock;
    private Certificate? _pendingFinalization;
    private View _view = View.Genesis;
    private View _highestNotarized = View.Genesis;
    private long _now;
    private bool _mayVote;
    private string? _stoppedFor;
    private bool _ended;
    private bool _halted;

    /// <param name="parameters">The place of this participant.</param>
    /// <param name="signer">The vote key; null for a participant that only follows.</param>
    /// <param name="verifier">The keys of the set.</param>
    /// <param name="application">What the blocks mean.</param>
    /// <param name="genesis">Where the epoch starts.</param>
    /// <param name="tip">The last finalized block of this epoch that is on disk; null when there is none.</param>
    /// <param name="state">The application's state after <paramref name="tip"/>, or at the genesis.</param>
    /// <param name="rules">The rules; tests replace some.</param>
    public ConsensusState(
        ConsensusParameters parameters,
        ISigner? signer,
        IVerifier verifier,
        IBlockApplication application,
        EpochGenesis genesis,
        FinalizedBlock? tip,
        IApplicationState state,
        SimplexRules? rules = null)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(parameters.Participants is >= 1 and <= ConsensusLimits.MaxParticipants, true);
        ArgumentOutOfRangeException.ThrowIfNotEqual(parameters.Observers is >= 0 and <= ConsensusLimits.MaxObservers, true);
        ArgumentOutOfRangeException.ThrowIfNotEqual(parameters.Self >= 0 && parameters.Self < parameters.Peers, true);
        (_parameters, _signer, _verifier, _application) = (parameters, signer, verifier, application);
        _rules = rules ?? SimplexRules.Standard;
        _quorum = _rules.Quorum(parameters.Participants);
        _mayVote = signer is not null && parameters.Self < parameters.Participants;
        _genesis = genesis;
        _pool = new EntryPool(parameters.Peers);
        _held = new HeldEntries(parameters.Peers);
        _lastSigned = new View[parameters.Participants];
        _nextHelp = new long[parameters.Peers];
        _nextServe = new long[parameters.Peers];
        _tipBlock = tip;
        _tip = tip is null ? BlockNode.Genesis(genesis, state) : NodeOf(tip, state);
        _blocks.Add(_tip.Hash, _tip);
        _ended = _tip.Stopped;
    }

    /// <summary>The current view.</summary>
    public View CurrentView => _view;

    /// <summary>The view of the last finalized block; never moves back.</summary>
    public View FinalizedView => _tip.View;

    /// <summary>The height of the last finalized block.</summary>
    public ulong FinalizedHeight => _tip.Height;

    /// <summary>The application's state after the last finalized block.</summary>
    public IApplicationState FinalizedState => _tip.State!;

    /// <summary>Entries that wait here.</summary>
    public int PendingEntries => _pool.Count;

    /// <summary>Entries that clients handed in here and that are not final.</summary>
    public IEnumerable<Entry> LocalEntries => _pool.Local(int.MaxValue);

    /// <summary>Whether this participant votes.</summary>
    public bool MayVote => _mayVote && !_ended && !_halted;

    private Epoch Epoch => _parameters.Epoch;

    private int Self => _parameters.Self;

    /// <summary>Handles one event. The list is used again by the next step.</summary>
    /// <param name="happened">What happened.</param>
    /// <param name="nowMs">The clock, Unix milliseconds; it may jump.</param>
    public IReadOnlyList<ConsensusEffect> Step(ConsensusEvent happened, long nowMs)
    {
        _effects.Clear();
        if (_halted) return _effects;
        _now = nowMs;
        switch (happened)
        {
            case MessageEvent message:
                Handle(message.From, message.Message);
                break;
            case TimerEvent timer:
                OnTimer(timer.Timer);
                break;
            case SubmitEvent submit:
                OnSubmit(submit);
                break;
            case PeerConnectedEvent peer:
                Send(peer.Peer, Status());
                break;
            case LaterEpochEvent later:
                OnLaterEpoch(later.Peer);
                break;
            case EarlierEpochEvent earlier:
                OnEarlierEpoch(earlier);
                break;
            case PayloadsEvent:
                OnPayloads();
                break;
            case StartedEvent:
                Start();
                break;
        }
        if (_activated && !_halted) TryPropose();
        return _effects;
    }

    private void Handle(int from, ConsensusMessage message)
    {
        if (from < 0 || from >= _parameters.Peers) return;
        switch (message)
        {
            case VoteMessage vote:
                OnVote(from, vote.Vote);
                break;
            case ProposeMessage propose:
                OnProposal(from, propose);
                break;
            case CertificatesMessage certificates:
                // No honest participant sends a certificate that is none: the rest is not worth its signatures.
                foreach (var certificate in certificates.Certificates)
                    if (!OnCertificate(certificate)) break;
                break;
            case BlockMessage block:
                OnBlock(from, block);
                break;
            case EntriesMessage entries:
                OnEntries(entries);
                break;
            case SubmitMessage submit:
                OnPeerEntry(from, submit.Entry);
                break;
            case StatusMessage status:
                OnStatus(from, status);
                break;
            case GetBlockMessage get:
                OnGetBlock(from, get);
                break;
            case GetEntriesMessage get:
                OnGetEntries(from, get);
                break;
            case GetCertificatesMessage get:
                OnGetCertificates(from, get);
                break;
            case HostMessage host:
                _effects.Add(new HostMessageEffect(from, host.Bytes));
                break;
        }
    }

    private ViewState ViewOf(View view)
    {
        if (_views.TryGetValue(view, out var state)) return state;
        state = new ViewState(view, _parameters.Participants);
        _views.Add(view, state);
        return state;
    }

    private void Persist(JournalRecord record)
    {
        if (_rules.Persists(record)) _effects.Add(new PersistEffect(record));
    }

    private void Send(int to, ConsensusMessage message)
    {
        if (to != Self) _effects.Add(new SendEffect(to, message));
    }

    private void Broadcast(ConsensusMessage message) => _effects.Add(new BroadcastEffect(message));

    private void Arm(TimerKind kind, View view, long delayMs) =>
        _effects.Add(new ArmTimerEffect(new TimerKey(kind, Epoch, view), delayMs));

    private StatusMessage Status() => new(Epoch, _view, _tip.View, _tip.Height);

    private void Halt(string reason)
    {
        _halted = true;
        _effects.Add(new HaltEffect(reason));
    }

    private void StopVoting(string reason)
    {
        if (!_mayVote) return;
        _mayVote = false;
        _stoppedFor = reason;
        Persist(new StoppedRecord(reason));
        _effects.Add(new VotingStoppedEffect(reason));
    }

    private static BlockNode NodeOf(FinalizedBlock block, IApplicationState? state)
    {
        var entries = block.Entries.ToArray();
        return new BlockNode(block.Header, block.Justification)
        {
            Height = block.Height,
            Entries = entries,
            EntryIds = Array.ConvertAll(entries, e => e.Id),
            State = state,
            Status = BlockStatus.Valid,
            Persisted = true,
            Stopped = !block.Header.SetChange.IsZero,
        };
    }
}
