using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Tapwork.Infrastructure.Persistence.Migrations.SqlServer
{
    /// <inheritdoc />
    public partial class WhatMeasuringFound : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "NextTryAt",
                table: "ParkedEvents",
                type: "datetimeoffset",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "Record",
                table: "ParkedEvents",
                type: "uniqueidentifier",
                nullable: false,
                defaultValue: new Guid("00000000-0000-0000-0000-000000000000"));

            migrationBuilder.AddColumn<int>(
                name: "Tries",
                table: "ParkedEvents",
                type: "int",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string>(
                name: "PartnerPreviousStatus",
                table: "Dossiers",
                type: "nvarchar(60)",
                maxLength: 60,
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "SupersededBy",
                table: "Deliveries",
                type: "uniqueidentifier",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "CheckRetries",
                columns: table => new
                {
                    InterventionId = table.Column<Guid>(type: "uniqueidentifier", nullable: false),
                    Tries = table.Column<int>(type: "int", nullable: false),
                    TriedAt = table.Column<DateTimeOffset>(type: "datetimeoffset", nullable: false),
                    NextTryAt = table.Column<DateTimeOffset>(type: "datetimeoffset", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_CheckRetries", x => x.InterventionId);
                    table.ForeignKey(
                        name: "FK_CheckRetries_Interventions_InterventionId",
                        column: x => x.InterventionId,
                        principalTable: "Interventions",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "ClockReadings",
                columns: table => new
                {
                    Machine = table.Column<string>(type: "nvarchar(100)", maxLength: 100, nullable: false, collation: "Latin1_General_100_BIN2"),
                    SkewMilliseconds = table.Column<long>(type: "bigint", nullable: false),
                    PercentOfMargin = table.Column<int>(type: "int", nullable: false),
                    At = table.Column<DateTimeOffset>(type: "datetimeoffset", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_ClockReadings", x => x.Machine);
                });

            // Events parked by an earlier version are tried again by the job, each with the others of its record: a dossier's with those of its intervention.
            migrationBuilder.Sql("""
                UPDATE "ParkedEvents" SET "NextTryAt" = "ParkedAt", "Record" = COALESCE(
                    (SELECT "InterventionId" FROM "Dossiers" INNER JOIN "Events" ON "Events"."Subject" = "Dossiers"."Id"
                        WHERE "Events"."Position" = "ParkedEvents"."Position" AND "ParkedEvents"."Reader" IN ('router', 'dossier-outcomes')),
                    (SELECT "Subject" FROM "Events" WHERE "Events"."Position" = "ParkedEvents"."Position"), "Record")
                """);

            // Of a dossier's revisions only the newest that a destination has may go out; an earlier version left the older ones replayable.
            migrationBuilder.Sql("""
                UPDATE "Deliveries" SET "SupersededBy" = (
                    SELECT TOP (1) newer."Subject" FROM "Deliveries" newer INNER JOIN "Dossiers" revision ON revision."Id" = newer."Subject"
                    INNER JOIN "Dossiers" own ON own."InterventionId" = revision."InterventionId" AND own."Revision" < revision."Revision"
                    WHERE own."Id" = "Deliveries"."Subject" AND newer."IntegrationId" = "Deliveries"."IntegrationId" AND newer."Purpose" = "Deliveries"."Purpose"
                    ORDER BY revision."Revision" DESC)
                WHERE "Purpose" IN ('dossier', 'partner')
                """);
            migrationBuilder.Sql("""
                UPDATE "Deliveries" SET "Status" = 'Cancelled', "LastError" = 'delivery.superseded'
                WHERE "SupersededBy" IS NOT NULL AND "Status" NOT IN ('Delivered', 'Cancelled', 'Sending')
                """);

            migrationBuilder.CreateIndex(
                name: "IX_ParkedEvents_Reader_Record_Position",
                table: "ParkedEvents",
                columns: new[] { "Reader", "Record", "Position" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "CheckRetries");

            migrationBuilder.DropTable(
                name: "ClockReadings");

            migrationBuilder.DropIndex(
                name: "IX_ParkedEvents_Reader_Record_Position",
                table: "ParkedEvents");

            migrationBuilder.DropColumn(
                name: "NextTryAt",
                table: "ParkedEvents");

            migrationBuilder.DropColumn(
                name: "Record",
                table: "ParkedEvents");

            migrationBuilder.DropColumn(
                name: "Tries",
                table: "ParkedEvents");

            migrationBuilder.DropColumn(
                name: "PartnerPreviousStatus",
                table: "Dossiers");

            migrationBuilder.DropColumn(
                name: "SupersededBy",
                table: "Deliveries");
        }
    }
}
