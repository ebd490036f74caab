namespace Pyrsia.Provenance.Notes;

public sealed partial class TrustPolicy
{
    /// <summary>Verifies a checkpoint's signatures and asks whether they meet the policy. Lines of unknown keys count for nothing.</summary>
    public PolicyOutcome Evaluate(SignedCheckpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        var text = checkpoint.Note.Text;
        var log = Logs.FirstOrDefault(candidate =>
            string.Equals(candidate.Key.Name, checkpoint.Checkpoint.Origin, StringComparison.Ordinal)
            && checkpoint.Note.Signatures.Any(line => candidate.Key.Verify(text, line, out _)));
        var cosigned = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var witness in Witnesses)
        {
            foreach (var line in checkpoint.Note.Signatures)
            {
                if (witness.Key.Verify(text, line, out var time) && (!cosigned.TryGetValue(witness.Name, out var earlier) || earlier < time))
                    cosigned[witness.Name] = time;
            }
        }

        var witnessed = new HashSet<string>(cosigned.Keys, StringComparer.Ordinal) { None };
        foreach (var group in Groups)
        {
            if (group.Members.Count(witnessed.Contains) >= group.Threshold)
                witnessed.Add(group.Name);
        }

        return new PolicyOutcome(log, cosigned, witnessed.Contains(Quorum));
    }
}
