namespace Pyrsia.Authority.Storage;

/// <summary>Small named documents that an authority must not forget: what its builder has signed, and the proof that others lied.</summary>
internal interface IDocumentStorage
{
    /// <summary>What there is.</summary>
    /// <exception cref="IOException">The storage does not answer.</exception>
    IReadOnlyList<string> Names { get; }

    /// <summary>A document; null when there is none of that name.</summary>
    /// <exception cref="IOException">The storage does not answer.</exception>
    byte[]? Read(string name);

    /// <summary>Puts a document in the place of the one that the caller knows. Durable on return; repeated it changes nothing.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="before">What stood there when the caller last looked; null for nothing.</param>
    /// <param name="after">What is to stand there.</param>
    /// <returns>What stands there now: <paramref name="after"/>, or what another copy of this authority has put there first.</returns>
    byte[] Change(string name, byte[]? before, byte[] after);

    /// <summary>Removes a document, where there is one.</summary>
    void Remove(string name);
}
