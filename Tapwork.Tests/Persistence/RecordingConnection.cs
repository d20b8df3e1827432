using System.Collections;
using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.SqlClient;

namespace Tapwork.Tests.Persistence;

/// <summary>A connection without a server: keeps each statement and answers it with the same made-up row, or with none.</summary>
internal sealed class RecordingConnection(Action<string> record, int rows, bool hasNulls) : DbConnection
{
    private ConnectionState _state;

    [AllowNull]
    public override string ConnectionString { get; set; } = "Server=nowhere";

    public override string Database => "tapwork";

    public override string DataSource => "nowhere";

    public override string ServerVersion => "16.0";

    public override ConnectionState State => _state;

    public int Rows => rows;

    public bool HasNulls => hasNulls;

    public void Record(string statement) => record(statement);

    public override void Open() => _state = ConnectionState.Open;

    public override void Close() => _state = ConnectionState.Closed;

    public override void ChangeDatabase(string databaseName) { }

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => new Transaction(this, isolationLevel);

    protected override DbCommand CreateDbCommand() => new Command(this);

    private sealed class Transaction(RecordingConnection connection, IsolationLevel level) : DbTransaction
    {
        public override IsolationLevel IsolationLevel => level;

        protected override DbConnection DbConnection => connection;

        public override void Commit() { }

        public override void Rollback() { }
    }

    // Its parameters are SqlClient's, as EF Core's type mappings expect them.
    private sealed class Command(RecordingConnection connection) : DbCommand
    {
        private readonly SqlCommand _parameters = new();

        [AllowNull]
        public override string CommandText { get; set; } = "";

        public override int CommandTimeout { get; set; }

        public override CommandType CommandType { get; set; }

        public override bool DesignTimeVisible { get; set; }

        public override UpdateRowSource UpdatedRowSource { get; set; }

        protected override DbConnection? DbConnection { get => connection; set { } }

        protected override DbParameterCollection DbParameterCollection => _parameters.Parameters;

        protected override DbTransaction? DbTransaction { get; set; }

        public override void Cancel() { }

        public override void Prepare() { }

        public override int ExecuteNonQuery()
        {
            connection.Record(CommandText);
            return connection.Rows;
        }

        public override object? ExecuteScalar()
        {
            connection.Record(CommandText);
            return connection.Rows == 0 ? null : 1;
        }

        protected override DbParameter CreateDbParameter() => new SqlParameter();

        protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior)
        {
            connection.Record(CommandText);
            return new Reader(connection.Rows, connection.HasNulls);
        }
    }

    // Every column is there, and of the type it is asked for.
    private sealed class Reader(int rows, bool hasNulls) : DbDataReader
    {
        private static readonly Guid Id = Guid.Parse("0199c000-0000-7000-8000-000000000001");
        private readonly int _rows = rows;
        private int _read;

        public override int FieldCount => 1;

        public override bool HasRows => _rows > 0;

        public override bool IsClosed => false;

        public override int RecordsAffected => _rows;

        public override int Depth => 0;

        public override object this[int ordinal] => 1L;

        public override object this[string name] => 1L;

        public override bool Read() => _read++ < _rows;

        public override bool NextResult()
        {
            _read = 0;
            return true;
        }

        public override bool IsDBNull(int ordinal) => hasNulls;

        public override T GetFieldValue<T>(int ordinal) => (T)ValueOf(typeof(T));

        public override bool GetBoolean(int ordinal) => true;

        public override byte GetByte(int ordinal) => 1;

        public override char GetChar(int ordinal) => 'a';

        public override DateTime GetDateTime(int ordinal) => Given.Now.UtcDateTime;

        public override decimal GetDecimal(int ordinal) => 1;

        public override double GetDouble(int ordinal) => 1;

        public override float GetFloat(int ordinal) => 1;

        public override Guid GetGuid(int ordinal) => Id;

        public override short GetInt16(int ordinal) => 1;

        public override int GetInt32(int ordinal) => 1;

        public override long GetInt64(int ordinal) => 1;

        // The empty text is read as an enumeration's first value and as an empty list.
        public override string GetString(int ordinal) => "";

        public override object GetValue(int ordinal) => 1L;

        public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length) => 0;

        public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length) => 0;

        public override string GetDataTypeName(int ordinal) => "bigint";

        public override IEnumerator GetEnumerator() => throw new NotSupportedException();

        public override Type GetFieldType(int ordinal) => typeof(long);

        public override string GetName(int ordinal) => "Value";

        public override int GetOrdinal(string name) => 0;

        public override int GetValues(object[] values) => 0;

        private static object ValueOf(Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
        {
            var t when t == typeof(DateTimeOffset) => Given.Now,
            var t when t == typeof(DateOnly) => DateOnly.FromDateTime(Given.Now.UtcDateTime),
            var t when t == typeof(byte[]) => new byte[32],
            var t when t == typeof(string) => "",
            var t when t == typeof(Guid) => Id,
            var t when t == typeof(bool) => true,
            var t when t.IsPrimitive || t == typeof(decimal) => Convert.ChangeType(1, t, System.Globalization.CultureInfo.InvariantCulture),
            var t => Activator.CreateInstance(t)!,
        };
    }
}
