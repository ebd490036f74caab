namespace Pyrsia.Consensus;

/// <summary>Certificates: checking, keeping, asking for and answering with them.</summary>
internal sealed partial class ConsensusState
{
    private long _nextCertificateRequest;

    /// <summary>False when it is wrong.</summary>
    private bool OnCertificate(Certificate certificate)
    {
        if (certificate.Epoch != Epoch || certificate.View == View.Genesis || !Retained(certificate.View)) return true;
        if (_views.TryGetValue(certificate.View, out var view) && view.Get(certificate.Kind)?.Block == certificate.Block) return true;
        if (!Verify(certificate)) return false;
        Adopt(certificate);
        return true;
    }

    /// <summary>Whether it is a quorum's; signatures that were verified before are not verified again.</summary>
    private bool Verify(Certificate certificate)
    {
        if (certificate.Signers.Length != _quorum || certificate.Epoch != Epoch) return false;
        _views.TryGetValue(certificate.View, out var view);
        Span<byte> message = stackalloc byte[VoteBytes.Length];
        Span<byte> bytes = stackalloc byte[VoteSignature.Size];
        VoteBytes.Write(message, _parameters.ChainId, certificate.Kind, Epoch, certificate.View, certificate.Block);
        for (var i = 0; i < certificate.Signers.Length; i++)
        {
            int signer = certificate.Signers[i];
            ref readonly var signature = ref certificate.Signatures[i];
            if (view?.Slot(certificate.Kind, signer) is { } known && known.Kind == certificate.Kind && known.Block == certificate.Block
                && known.Signature == signature) continue;
            signature.CopyTo(bytes);
            if (!_verifier.Verify(signer, message, bytes)) return false;
        }
        return true;
    }

    /// <summary>Takes up a certificate that was verified or assembled here.</summary>
    private void Adopt(Certificate certificate)
    {
        if (!Retained(certificate.View)) return;
        var view = ViewOf(certificate.View);
        RegisterVotes(view, certificate);
        if (certificate.View <= _tip.View || view.Get(certificate.Kind) is not null) return;
        view.Set(certificate);
        Persist(new CertificateRecord(certificate));
        if (certificate.Kind == VoteKind.Finalize && (_pendingFinalization is null || certificate.View > _pendingFinalization.View))
            _pendingFinalization = certificate;
        if (certificate.Kind == VoteKind.Notarize)
        {
            if (certificate.View > _highestNotarized) _highestNotarized = certificate.View;
            if (!_blocks.ContainsKey(certificate.Block)) Want(certificate.Block, certificate.View, FirstOther(certificate));
            TryFinalize(view);
        }
        if (certificate.View >= _view) Enter(certificate.View.Next);
        TryCommit();
    }

    /// <summary>Every signature in a certificate is a vote: two certificates that clash name the culprits.</summary>
    private void RegisterVotes(ViewState view, Certificate certificate)
    {
        for (var i = 0; i < certificate.Signers.Length; i++)
        {
            int signer = certificate.Signers[i];
            if (view.Slot(certificate.Kind, signer) is { } known && known.Kind == certificate.Kind && known.Block == certificate.Block) continue;
            Register(view, new Vote(certificate.Kind, Epoch, certificate.View, certificate.Block, signer, certificate.Signatures[i]), verified: true);
        }
    }

    private int FirstOther(Certificate certificate)
    {
        foreach (var signer in certificate.Signers)
            if (signer != Self) return signer;
        return Self;
    }

    private bool VerifyJustification(BlockHeader header, Justification justification)
    {
        if (header.ParentView >= header.View || justification.Hash(_parameters.Participants) != header.JustificationHash) return false;
        if (header.ParentView == View.Genesis)
        {
            if (justification.Parent is not null || header.ParentHash != _genesis.Hash) return false;
        }
        else
        {
            if (justification.Parent is not { Kind: not VoteKind.Nullify } parent) return false;
            if (parent.View != header.ParentView || parent.Block != header.ParentHash || !Verify(parent)) return false;
        }
        if (!_rules.NeedsNullifications) return true;
        var between = justification.Nullifications;
        if ((ulong)between.Length != header.View.Number - header.ParentView.Number - 1) return false;
        for (var i = 0; i < between.Length; i++)
        {
            var nullification = between[i];
            if (nullification.Kind != VoteKind.Nullify || nullification.View.Number != header.ParentView.Number + 1 + (ulong)i) return false;
            if (!Verify(nullification)) return false;
        }
        return true;
    }

    private void AdoptAll(Justification justification)
    {
        if (justification.Parent is { } parent) Adopt(parent);
        foreach (var nullification in justification.Nullifications) Adopt(nullification);
    }

    private void RequestCertificates(View first, View last)
    {
        EnsureFetch();
        if (IsTooEarly(_nextCertificateRequest)) return;
        _nextCertificateRequest = _now + Patience;
        Broadcast(new GetCertificatesMessage(first, last));
    }

    private void OnGetCertificates(int from, GetCertificatesMessage get)
    {
        if (IsTooEarly(_nextServe[from])) return;
        _nextServe[from] = _now + (Patience / 4);
        var found = new List<Certificate>();
        if (get.First <= _tip.View) AddTip(found);
        var first = get.First > _tip.View ? get.First : _tip.View.Next;
        var last = get.Last < _view ? get.Last : _view;
        for (var at = first; at <= last && found.Count + 3 <= ConsensusLimits.MaxCertificatesPerMessage; at = at.Next)
        {
            if (!_views.TryGetValue(at, out var view)) continue;
            if (view.Notarization is { } notarization) found.Add(notarization);
            if (view.Nullification is { } nullification) found.Add(nullification);
            if (view.Finalization is { } finalization) found.Add(finalization);
        }
        if (found.Count > 0) Send(from, new CertificatesMessage([.. found]));
    }

    private void AddTip(List<Certificate> to)
    {
        if (_tipBlock?.Notarization is { } notarization) to.Add(notarization);
        if (_tipBlock?.Finalization is { } finalization) to.Add(finalization);
        if (!_ended || _pendingFinalization is not { } last) return;
        // A stop block may be final by a descendant that is never committed itself; those behind need its certificates to see that.
        to.Add(last);
        if (_views.TryGetValue(last.View, out var view) && view.Notarization is { } above) to.Add(above);
    }
}
